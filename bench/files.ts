/**
 * What the files engine costs: an 8 MB Float64Array written and read, beside writing a new file and reading one, and
 * small entries in a bounded and an unbounded store. Run: `deno run -A bench/files.ts [folder]`, or with bun or node.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { files } from "../engines/files.ts";
import type { Entry } from "../src/contract/entry.ts";
import type { AsyncStore, SyncStore } from "../src/contract/store.ts";

const base = mkdtempSync(join(process.argv[2] ?? tmpdir(), "twat-bench-"));
const bytes = new Uint8Array(Float64Array.from({ length: 1_000_000 }, (_, at) => Math.sin(at)).buffer);
const rounds = 25;

const entryOf = (body: Uint8Array | string): Entry<Uint8Array | string> => ({
  body,
  form: typeof body === "string" ? "1:json" : "1:raw:Float64Array",
  checksum: 1,
  storedAt: performance.timeOrigin + performance.now(),
  freshUntil: Infinity,
  goneAt: Infinity,
  cost: 1,
  size: body.length,
  tags: [],
  label: "bench",
});

async function open(name: string): Promise<{ later: AsyncStore; atOnce: SyncStore }> {
  const options = {
    directory: join(base, name),
    secure: true,
    bounds: { maxSize: 1, maxBytes: 1, policy: "lru" },
  } as const;
  return { later: await files.open(options), atOnce: files.openSync!(options) };
}

interface Times {
  readonly best: number;
  readonly quartile: number;
}

/**
 * Time of each candidate in milliseconds. The candidates take turns, so that a slow moment of the machine hits all, and
 * clean up outside the measured time, so that the disk is not behind with writing.
 */
async function race(
  candidates: Record<string, (round: number) => unknown>,
  tidy: (round: number) => unknown = () => {},
): Promise<Record<string, Times>> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const start = performance.now();
      await run(round);
      (times[name] ??= []).push(performance.now() - start);
    }
    await tidy(round);
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => {
      all.sort((a, b) => a - b);
      return [name, { best: all[0]!, quartile: all[rounds >> 2]! }];
    }),
  );
}

function report(title: string, times: Record<string, Times>, floor: string): void {
  console.log(`${title.padEnd(40)} best               lower quartile`);
  for (const [name, { best, quartile }] of Object.entries(times)) {
    const shown = (time: number, than: number) => `${time.toFixed(2).padStart(7)} ms ${(time / than).toFixed(2)} x`;
    console.log(`  ${name.padEnd(34)} ${shown(best, times[floor]!.best)} ${shown(quartile, times[floor]!.quartile)}`);
  }
}

const { later, atOnce } = await open("large");
const plain = join(base, "plain");
mkdirSync(plain);
const entry = entryOf(bytes);

await later.set("a/read", entry);
await later.set("a/read-again", entry);
await later.set("a/read-again", entry);
writeFileSync(join(plain, "read"), bytes);

const tidied = (round: number): void => {
  for (const name of ["later", "at-once", "replaced"]) rmSync(join(plain, `${name}-${round}`), { force: true });
  atOnce.delete(`a/new-${round}`);
};
report(
  "8 MB, write, async",
  await race({
    "writeFile, new name": (round) => writeFile(join(plain, `later-${round}`), bytes),
    "set, new key": (round) => later.set(`a/new-${round}`, entry),
    "set, same key": () => later.set("a/same", entry),
    "writeFile, then drop another": async (round) => {
      await writeFile(join(plain, `replaced-${round + 1}`), bytes);
      await rm(join(plain, `replaced-${round}`), { force: true });
    },
  }, tidied),
  "writeFile, new name",
);
report(
  "8 MB, write, sync",
  await race({
    "writeFileSync, new name": (round) => writeFileSync(join(plain, `at-once-${round}`), bytes),
    "set, new key": (round) => atOnce.set(`a/new-${round}`, entry),
    "set, same key": () => atOnce.set("a/same", entry),
    "writeFileSync, then drop another": (round) => {
      writeFileSync(join(plain, `replaced-${round + 1}`), bytes);
      rmSync(join(plain, `replaced-${round}`), { force: true });
    },
  }, tidied),
  "writeFileSync, new name",
);
report(
  "8 MB, hit, async",
  await race({
    readFile: () => readFile(join(plain, "read")),
    "get, written once": () => later.get("a/read"),
    "get, written again": () => later.get("a/read-again"),
  }),
  "readFile",
);
report(
  "8 MB, hit, sync",
  await race({
    readFileSync: () => readFileSync(join(plain, "read")),
    "get, written once": () => atOnce.get("a/read"),
    "get, written again": () => atOnce.get("a/read-again"),
  }),
  "readFileSync",
);
await later.clear("");

const small = await open("small");
const text = entryOf(JSON.stringify({ id: 1, name: "x".repeat(300) }));
async function each(title: string, count: number, run: (n: number) => unknown): Promise<void> {
  const start = performance.now();
  for (let n = 0; n < count; n++) await run(n);
  console.log(`  ${title.padEnd(44)} ${((performance.now() - start) * 1000 / count).toFixed(0).padStart(6)} µs`);
}
console.log("400 bytes");
for (const [colour, store] of [["async", small.later], ["sync", small.atOnce]] as const) {
  const many = 1_000;
  await each(`${colour} set, new`, many, (n) => store.set(`${colour}/k${n}`, text));
  await each(`${colour} set, again`, many, (n) => store.set(`${colour}/k${n}`, text));
  await each(`${colour} get`, many, (n) => store.get(`${colour}/k${n}`));
  await each(`${colour} get, absent`, many, (n) => store.get(`${colour}/x${n}`));
  await each(`${colour} set and usage`, many, async (n) => {
    await store.set(`${colour}/k${n}`, text);
    await store.usage(`${colour}/`);
  });
  await each(`${colour} set, usage, list and delete at the bound`, 200, async (n) => {
    await store.set(`${colour}/n${n}`, text);
    await store.usage(`${colour}/`);
    await store.sweep!(`${colour}/`, 0);
    for await (const _ of store.entries(`${colour}/`));
    await store.deleteMany!([`${colour}/k${n}`]);
  });
  const cold = await open("small");
  await each(
    `${colour} first usage of ${many}`,
    1,
    () => (colour === "sync" ? cold.atOnce : cold.later).usage(`${colour}/`),
  );
  await each(`${colour} first listing of ${many}`, 1, async () => {
    for await (const _ of (colour === "sync" ? cold.atOnce : cold.later).entries(`${colour}/`));
  });
}
rmSync(base, { recursive: true, force: true });
