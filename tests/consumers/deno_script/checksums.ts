/**
 * Prints the SHA-256 of files, and reads again only those that have changed since it was run before.
 *
 *     deno add jsr:@twat/cache
 *     deno run -A checksums.ts FILE…
 */
import { bcache } from "@twat/cache";

interface Version {
  readonly size: number;
  readonly changedAt: Date | null;
}

/** A file that has changed is another call, since its version is an argument. */
const checksum = bcache(async function checksum(path: string, _version: Version): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}, { folderName: "checksums", ttl: "30d" });

for (const path of Deno.args) {
  const { size, mtime } = await Deno.stat(path);
  console.log(await checksum(path, { size, changedAt: mtime }), path);
}
const { hits, misses } = checksum.cache.stats();
console.log(`${misses} read, ${hits} known before (${checksum.cache.info.engine})`);
