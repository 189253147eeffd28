import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { encrypted } from "../../engines/encrypted.ts";
import { files } from "../../engines/files.ts";
import type { Engine, OpenOptions } from "../../src/contract/engine.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { acache } from "../../mod.ts";
import { keyOf, listing, unbounded } from "../contract/subject.ts";
import { fastFolder } from "../engines_here.ts";
import { settled } from "../settled.ts";
import { entryOf, sqliteEngines } from "./sqlite_engine.ts";

const secret = new Uint8Array(32).map((_, at) => at * 7 + 3);
const [a, b] = [keyOf("a", 1), keyOf("a", 2)];

async function opened(engine: Engine, options: Partial<OpenOptions>): Promise<AsyncStore<Body>> {
  const directory = `${fastFolder()}/store`;
  return await engine.open({ directory, secure: true, bounds: unbounded, ...options }) as AsyncStore<Body>;
}

/** All bytes of the files of a folder, their names included. */
function bytesOf(folder: string): Buffer {
  const parts = (readdirSync(folder, { recursive: true }) as string[]).flatMap((name) => {
    const path = join(folder, name);
    return [Buffer.from(name), ...(statSync(path).isFile() ? [readFileSync(path)] : [])];
  });
  return Buffer.concat(parts);
}

/** The forms in which a text could show: as it is, in two bytes a character, and in base64 however it is aligned. */
function formsOf(text: string): Buffer[] {
  const base64 = ["", "x", "xx"].map((before) => Buffer.from(before + text).toString("base64").slice(4, -4));
  return [Buffer.from(text), Buffer.from(text, "utf16le"), ...base64.map((shown) => Buffer.from(shown))];
}

function shows(folder: string, text: string): boolean {
  const bytes = bytesOf(folder);
  return formsOf(text).some((form) => bytes.includes(form));
}

for (const engine of [files, ...sqliteEngines]) {
  test(`encrypted(${engine.name}) leaves no plaintext of value, label, tags and form in any file`, async () => {
    const directory = `${fastFolder()}/store`;
    const words = {
      body: "value-of-my-salary",
      label: "label-with-arguments",
      tag: "tag-of-user-1234",
      form: "1:user:text",
    };
    const bytes = new TextEncoder().encode(words.body);
    const fill = async (store: AsyncStore<Body>) => {
      const about = { label: words.label, tags: [words.tag], form: words.form };
      await store.set(a, entryOf(words.body, about));
      await store.set(b, entryOf("", { ...about, body: bytes }));
      await store.touch?.([{ key: a, accessedAt: Date.now(), hits: 1 }]);
    };
    const store = await opened(encrypted(engine, secret), { directory });
    await fill(store);
    for (const word of Object.values(words)) assert.ok(!shows(directory, word), `${word} while it is open`);
    assert.equal((await store.get(a))?.body, words.body);
    assert.deepEqual((await listing(store, "")).get(b)?.tags, [words.tag]);
    await store.close();
    for (const word of Object.values(words)) assert.ok(!shows(directory, word), `${word} once it is closed`);

    const plain = await opened(engine, { directory });
    await fill(plain);
    await plain.close();
    for (const word of Object.values(words)) {
      assert.ok(shows(directory, word), `${word} would be found if it were there`);
    }
  });

  test(`acache() on encrypted(${engine.name}) leaves no plaintext of argument and value in any file`, async () => {
    const cacheDir = fastFolder();
    let runs = 0;
    const place = { engine: encrypted(engine, secret), strict: true, cacheDir, folderName: "secret", version: "1" };
    const greet = async (name: string) => (runs++, await Promise.resolve({ greeting: `greetings-to-you-${name}` }));
    const first = acache(greet, { ...place, name: "greet", secure: false });
    assert.deepEqual(await first("argument-ada"), { greeting: "greetings-to-you-argument-ada" });
    await settled(first);
    assert.equal(first.cache.info.engine, `encrypted_${engine.name}`);
    for (const word of ["argument-ada", "greetings-to-you"]) assert.ok(!shows(cacheDir, word), word);
    await first.cache.close();
    const second = acache(greet, { ...place, name: "greet", secure: false });
    assert.deepEqual(await second("argument-ada"), { greeting: "greetings-to-you-argument-ada" });
    assert.equal(runs, 1);
    await second.cache.close();
  });

  test(`get() of encrypted(${engine.name}) gives nothing for an entry that was moved, swapped, cut or changed`, async () => {
    const directory = `${fastFolder()}/store`;
    const store = await opened(encrypted(engine, secret), { directory });
    const inside = await opened(engine, { directory });
    await store.set(a, entryOf("first", { tags: ["t"], label: "l" }));
    await store.set(b, entryOf("other"));
    const [first, other] = [(await inside.get(a))!, (await inside.get(b))!];
    const body = first.body as Uint8Array;
    const misses = async (key: string, entry: Entry<Body>, why: string) => {
      await inside.set(key, entry);
      assert.equal(await store.get(key), undefined, why);
    };

    await misses(b, first, "moved to another key");
    await misses(a, other, "moved back");
    await misses(a, { ...first, body: other.body }, "the body of another key");
    await misses(a, { ...first, label: other.label }, "the rest of another key");
    await store.set(a, entryOf("later", { form: "1:user:text" }));
    const later = (await inside.get(a))!;
    await misses(a, { ...first, label: later.label }, "the rest of another time");
    const spliced = first.label.slice(0, 16) + later.label.slice(16);
    await misses(a, { ...first, label: spliced }, "the rest of another time, after the nonce of the body");
    for (let end = 0; end < body.length; end++) {
      await misses(a, { ...first, body: body.slice(0, end) }, `cut to ${end} bytes`);
    }
    await misses(a, { ...first, body: Uint8Array.of(...body, 0) }, "with a byte more");
    await misses(a, { ...first, body: "text" }, "text in its place");
    for (let bit = 0; bit < body.length * 8; bit++) {
      const flipped = body.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await misses(a, { ...first, body: flipped }, `bit ${bit} of the body`);
    }
    for (let at = 0; at < first.label.length - 1; at++) {
      const unit = first.label[at] === "A" ? "B" : "A";
      await misses(
        a,
        { ...first, label: first.label.slice(0, at) + unit + first.label.slice(at + 1) },
        `letter ${at} of the rest`,
      );
    }
    for (const label of ["", "A", "no base64 ✓", first.label.slice(0, 40), first.label.slice(0, -4)]) {
      await misses(a, { ...first, label }, `the rest as ${label}`);
    }
    for (const field of ["storedAt", "freshUntil", "goneAt", "size"] as const) {
      await misses(a, { ...first, [field]: 1_790_000_000_001 }, `another ${field}`);
    }
    for (const form of ["1:aes256gcm:2", "1:aes256gcm:", "2:aes256gcm:1", "1:json", ""]) {
      await misses(a, { ...first, form }, `the form ${form}`);
    }
    await inside.set(a, first);
    assert.equal((await store.get(a))?.body, "first", "as it was");
    await store.close();
    await inside.close();
  });

  test(`get() of encrypted(${engine.name}) gives nothing when the files are those of another folder`, async () => {
    const root = fastFolder();
    const engineHere = encrypted(engine, secret);
    const here = await opened(engineHere, { directory: `${root}/here`, folderName: "here" });
    await here.set(a, entryOf("belongs here"));
    await here.close();
    cpSync(`${root}/here`, `${root}/there`, { recursive: true });
    const there = await opened(engineHere, { directory: `${root}/there`, folderName: "there" });
    assert.equal(await there.get(a), undefined);
    await there.close();
    const again = await opened(engineHere, { directory: `${root}/there`, folderName: "here" });
    assert.equal((await again.get(a))?.body, "belongs here", "the folder may be moved as long as it keeps its name");
    await again.close();
  });
}

test("encrypted() writes the same value in other bytes each time", async () => {
  const directory = `${fastFolder()}/store`;
  const [store, inside] = [await opened(encrypted(files, secret), { directory }), await opened(files, { directory })];
  const seen = new Set<string>();
  for (let n = 0; n < 20; n++) {
    await store.set(a, entryOf("the same"));
    const { body, label } = (await inside.get(a))!;
    seen.add(Buffer.from(body as Uint8Array).toString("hex")).add(label);
  }
  assert.equal(seen.size, 40);
});
