import { bcache, CacheContext, type CacheOptions } from "../../mod.ts";
import { run } from "../../src/cli/run.ts";

/** The instant at which the command line of these tests looks. */
export const NOW: number = Date.UTC(2026, 0, 2, 12);

const MINUTE = 60_000;

/**
 * Leaves entries of three functions in a folder of caches: of `square` one that is fresh, one stale and one gone; of `page`, whose
 * labels tell the call, one fresh and one whose tag was invalidated; of `photo`, in a folder of its own, bytes.
 */
export async function deposit(cacheDir: string, engine: string = "files"): Promise<void> {
  let now = NOW;
  const options: CacheOptions = { engine, strict: true, cacheDir, version: "1", clock: { now: () => now } };
  const square = bcache((n: number) => n * n, { ...options, name: "square", ttl: "1h", staleIfError: "1h" });
  const page = bcache((path: string) => ({ path, links: [1, 2] }), {
    ...options,
    name: "page",
    secure: false,
    tags: ({ path }) => ["pages", path],
  });
  const photo = bcache((n: number) => new Uint8Array(n), { ...options, name: "photo", folderName: "photos" });
  for (const [n, age] of [[4, 600], [3, 90], [2, 30]] as const) {
    now = NOW - age * MINUTE;
    await square.cache.set([n], n * n);
  }
  now = NOW - 2_000;
  for (const path of ["/", "/old"]) {
    await page.cache.set([path], { path, links: [1, 2] });
    now += 1_000;
  }
  await photo.cache.set([1_500], new Uint8Array(1_500).fill(7));
  const context = await CacheContext.open({ ...options, secure: false });
  await context.invalidateTag("/old");
  for (const cache of [square.cache, page.cache, photo.cache, context]) await cache.close();
}

/** What a command line wrote, and the code it ended with. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line at an instant, `NOW` unless given. */
export async function say(args: readonly string[], now: number = NOW): Promise<Said & { readonly bytes: Uint8Array }> {
  const chunks: Uint8Array[] = [];
  let err = "";
  const code = await run(args, {
    out: (chunk) => void chunks.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk),
    err: (line) => void (err += `${line.trimEnd()}\n`),
    now: () => now,
  });
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { code, out: new TextDecoder().decode(bytes), err, bytes };
}
