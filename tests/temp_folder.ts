import { after } from "node:test";
import { builtIn } from "./contract/built_in.ts";

/**
 * Makes a folder among the temporary files that goes when the file's tests are done; in memory, where that is asked for and the
 * system has it. Where there are no files it is a path that nobody else has.
 */
export function tempFolder(inMemory = false): string {
  const [fs, os] = [builtIn<typeof import("node:fs")>("node:fs"), builtIn<typeof import("node:os")>("node:os")];
  if (typeof fs?.mkdtempSync !== "function" || typeof os?.tmpdir !== "function") {
    return `/twat-cache-test-${crypto.randomUUID()}`;
  }
  const parent = inMemory && fs.existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
  const folder = fs.mkdtempSync(`${parent}/twat-cache-test-`);
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}
