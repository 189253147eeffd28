import { encrypted } from "../../engines/encrypted.ts";
import { files } from "../../engines/files.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { keyOf, unbounded } from "../contract/subject.ts";
import { entryOf } from "./sqlite_engine.ts";

const keys = { "2025": "a passphrase, zażółć 🦉", "2026": new Uint8Array(32).map((_, at) => 255 - at) };

/** Bodies of every kind, with heads that are hard to keep. */
const SAMPLES: readonly Entry<Body>[] = [
  entryOf("text, zażółć 🦉, \0 and \ufeff", { tags: ["a", "", "\ud800"], label: 'f("x") → 🦉' }),
  entryOf("a lone \ud800 surrogate", { cost: 0.1 + 0.2, checksum: 0xffffffff }),
  entryOf("", { body: Uint8Array.from({ length: 256 }, (_, at) => at), form: "1:raw:Uint8Array", freshUntil: 1.5 }),
  entryOf(""),
];

async function opened(folder: string, current: keyof typeof keys): Promise<AsyncStore<Body>> {
  const options = { directory: folder, folderName: "samples", secure: true, bounds: unbounded };
  return await encrypted(files, { current, keys }).open(options) as AsyncStore<Body>;
}

/** Keeps every sample in a folder, with each key. */
export async function writeEntries(folder: string): Promise<void> {
  for (const [n, current] of (["2025", "2026"] as const).entries()) {
    const store = await opened(folder, current);
    for (const [at, sample] of SAMPLES.entries()) await store.set(keyOf("a", 10 * n + at), sample);
    await store.close();
  }
}

/** The entries that `writeEntries` kept, as JSON has them. */
export function expectedEntries(): unknown {
  return JSON.parse(JSON.stringify([...SAMPLES, ...SAMPLES].map(shown)));
}

/** The entries that are found in a folder, as JSON has them. */
export async function foundEntries(folder: string): Promise<unknown> {
  const store = await opened(folder, "2026");
  const found: unknown[] = [];
  for (const n of [0, 1]) {
    for (const at of SAMPLES.keys()) found.push(shown(await store.get(keyOf("a", 10 * n + at))));
  }
  await store.close();
  return JSON.parse(JSON.stringify(found));
}

/** An entry in one shape, whatever the order of its fields. */
function shown(entry: Entry<Body> | undefined): unknown {
  if (entry === undefined) return "absent";
  const { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label } = entry;
  const instants = [storedAt, freshUntil, goneAt].map(String);
  return [typeof body === "string" ? body : [...body], form, checksum, instants, cost, size, tags, label];
}
