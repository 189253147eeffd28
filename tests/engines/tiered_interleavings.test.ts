import assert from "node:assert/strict";
import test from "node:test";
import { memory } from "../../engines/memory.ts";
import { tiered } from "../../engines/tiered.ts";
import type { TieredNative } from "../../engines/tiered.ts";
import type { Engine } from "../../src/contract/engine.ts";
import type { AsyncStore, News } from "../../src/contract/store.ts";
import { unbounded } from "../contract/subject.ts";
import { random } from "../random.ts";
import { newStorage, slowEngine, type Storage, Turns } from "./slow_engine.ts";
import { entryOf } from "./sqlite_engine.ts";

const KEYS = ["a/call-01", "a/call-02", "b/call-01"];

/** What one run is made of. */
interface Setting {
  readonly turns: Turns;
  readonly storage: Storage;
  readonly store: AsyncStore;
  readonly next: () => number;
}

/** A change that a user makes: the keys it concerns, and what they have afterwards. */
interface Change {
  readonly keys: readonly string[];
  readonly body: string | undefined;
  make(): unknown;
}

function changeOf({ store, next }: Setting, body: string): Change {
  const key = KEYS[Math.floor(next() * KEYS.length)]!;
  const entry = entryOf(body);
  const chance = next();
  if (chance < 0.4) return { keys: [key], body, make: () => store.set(key, entry) };
  if (chance < 0.55) return { keys: KEYS, body, make: () => store.setMany!(KEYS.map((key) => [key, entry])) };
  if (chance < 0.8) return { keys: [key], body: undefined, make: () => store.delete(key) };
  if (chance < 0.85) return { keys: KEYS, body: undefined, make: () => store.clear("") };
  const keys = KEYS.slice(0, 2);
  return { keys, body, make: () => store.commit!(keys.map((key) => ({ key, entry }))) };
}

/** Another process changes something; those who watch are told a while later, or that it may have gone unheard. */
function disturb({ turns, storage, next }: Setting, body: string): void {
  const key = KEYS[Math.floor(next() * KEYS.length)]!;
  const tell = (news: News) => turns.wait().then(() => storage.listeners.forEach((listener) => listener(news)));
  const chance = next();
  if (chance < 0.5) {
    storage.map.set(key, entryOf(body));
    tell({ keys: [key] });
  } else if (chance < 0.8) {
    storage.map.delete(key);
    tell({ keys: [key] });
  } else if (chance < 0.9) {
    storage.map.clear();
    tell({ prefix: "" });
  } else {
    storage.listeners.forEach((listener) => listener("lost"));
    storage.map.set(key, entryOf(body));
    turns.wait().then(() => storage.listeners.forEach((listener) => listener("live")));
  }
}

async function finish(turns: Turns, work: unknown, next: () => number): Promise<unknown> {
  let done = false;
  const result = Promise.resolve(work).finally(() => done = true);
  while (!done) await turns.give(next());
  return await result;
}

/** Changes of one key may be made one after another, as the core does; then it is known what the last of them was. */
class Orderly {
  readonly last = new Map<string, string | undefined>();
  readonly #ends = new Map<string, unknown>();

  make({ keys, body, make }: Change): Promise<unknown> {
    const end = Promise.all(keys.map((key) => this.#ends.get(key))).then(make);
    for (const key of keys) {
      this.#ends.set(key, end);
      this.last.set(key, body);
    }
    return end;
  }
}

/** Runs 40 steps in the order of a seed; gives, of each key, what is found at the end and what should be. */
async function run(seed: number, front: (turns: Turns) => Engine, write: "through" | "back", watched: boolean) {
  const next = random(seed);
  const [turns, storage] = [new Turns(), newStorage()];
  const engine = tiered(front(turns), slowEngine("slow", turns, storage, watched), { write });
  const store = await engine.open({ directory: "", secure: true, bounds: unbounded }) as AsyncStore;
  const { flush } = store.native as TieredNative;
  const setting = { turns, storage, store, next };
  const orderly = write === "back" || seed % 2 === 0 && !watched ? new Orderly() : undefined;
  const begun: unknown[] = [];
  for (let step = 0; step < 40; step++) {
    const chance = next();
    if (chance < 0.2) begun.push(store.get(KEYS[Math.floor(next() * KEYS.length)]!));
    else if (chance < 0.25) begun.push(store.getMany!(KEYS));
    else if (chance < 0.3) begun.push(flush());
    else if (chance < 0.55) {
      const change = changeOf(setting, `${seed}-${step}`);
      begun.push(orderly === undefined ? change.make() : orderly.make(change));
    }
    if (watched && next() < 0.15) disturb(setting, `other ${seed}-${step}`);
    await turns.give(next());
  }
  await finish(turns, Promise.all(begun), next);
  while (turns.size > 0) await turns.give(next());
  await finish(turns, flush(), next);
  const told = [];
  for (const key of KEYS) {
    const found = await finish(turns, store.get(key), next) as { body: unknown } | undefined;
    const there = storage.map.get(key)?.body;
    told.push({ key, found: found?.body, there, last: orderly === undefined ? there : orderly.last.get(key) });
  }
  await finish(turns, store.close(), next);
  return told;
}

const fronts: readonly (readonly [string, (turns: Turns) => Engine])[] = [
  ["memory", () => memory],
  ["a slow store", (turns) => slowEngine("slow_front", turns, newStorage(), false)],
];

for (const [name, front] of fronts) {
  for (const write of ["through", "back"] as const) {
    for (const watched of write === "through" ? [false, true] : [false]) {
      const others = watched ? " and others write, too" : "";
      test(`tiered() gives what the back has when ${name} is in front, write is "${write}"${others}: 1,000 interleavings`, async () => {
        for (let seed = 1; seed <= 1_000; seed++) {
          for (const { key, found, there, last } of await run(seed, front, write, watched)) {
            assert.equal(found, there, `seed ${seed}, ${key}: what the back has`);
            assert.equal(found, last, `seed ${seed}, ${key}: what was written last`);
          }
        }
      });
    }
  }
}
