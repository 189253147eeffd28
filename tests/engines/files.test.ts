import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { files } from "../../engines/files.ts";
import { engineContract } from "../contract/engine_contract.ts";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** In memory where the system has that: making thousands of files takes seconds on some disks. */
function directory(): string {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "twat-files-"));
  folders.push(folder);
  return join(folder, "store");
}

engineContract("files", { engine: files, accelerators: ["deleteMany", "touch", "sweep", "check"], directory });
