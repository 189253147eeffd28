import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** Makes a folder among the temporary files that goes when the file's tests are done. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "twat-cache-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
