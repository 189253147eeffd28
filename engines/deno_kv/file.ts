import type { Globals, OpenOptions } from "../../src/contract/engine.ts";
import { EngineError } from "../../src/errors.ts";
import { builtin } from "../../src/runtime/abilities.ts";
import { codeOf, type FileState, type FileSystem } from "../../src/runtime/file_system.ts";
import { makePrivateFolder } from "../../src/runtime/private_folder.ts";
import { isDamaged } from "./soundness.ts";

/** How many damaged databases are kept. */
const ASIDE = 3;

/** The database goes last: who opens it in between finds it damaged, and not without its log. */
const companions = ["-wal", "-shm", ""] as const;

/** Where the database file is, and for whom. */
export interface KvFileParts extends Pick<OpenOptions, "onDamage"> {
  readonly globals: Globals;
  readonly fs: FileSystem;
  readonly directory: string;
  readonly secure: boolean;
}

/** The file of a database in a cache folder, `kv.sqlite3`: made before Deno KV opens it, and set aside when damaged. */
export class KvFile {
  readonly path: string;
  readonly #parts: KvFileParts;

  constructor(parts: KvFileParts) {
    this.#parts = parts;
    this.path = `${parts.directory}/kv.sqlite3`;
  }

  /** Which file it is at the moment; -1 when there is none. */
  get inode(): number {
    return this.#stateOf(this.path)?.ino ?? -1;
  }

  /** Whether the file is known to be damaged. */
  get damaged(): boolean {
    return isDamaged(this.#parts.globals, this.path);
  }

  /**
   * Makes the folder and the file, with their permissions, and refuses links in their place.
   *
   * Why: SQLite gives its files beside the database the permissions of that.
   */
  prepare(): void {
    const { globals, fs, directory, secure } = this.#parts;
    makePrivateFolder(globals, directory, secure);
    for (const end of companions) {
      const state = this.#stateOf(this.path + end);
      if (state && !state.isFile()) {
        const found = state.isSymbolicLink() ? "a link" : "no file";
        throw new EngineError(`Cannot open database ${JSON.stringify(this.path + end)}: it is ${found}; remove it`, {
          engine: "deno_kv",
        });
      }
      if (state && secure && (state.mode & 0o077) !== 0) this.#restrict(this.path + end);
    }
    if (this.#stateOf(this.path)) return;
    const { O_WRONLY = 0, O_CREAT = 0, O_EXCL = 0 } = fs.constants;
    try {
      // Only a file that is certainly new is opened here: closing one drops the locks that SQLite holds on it.
      fs.closeSync(fs.openSync(this.path, O_WRONLY | O_CREAT | O_EXCL, secure ? 0o600 : 0o644));
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }

  /** Puts a damaged database, which must be closed here, out of the way and tells of it, unless another process has done so already. */
  setAside(inode: number, cause?: unknown): void {
    const { fs, directory, onDamage } = this.#parts;
    if (this.inode !== inode) return;
    const names = fs.readdirSync(directory).map((name) => /^kv\.sqlite3\.damaged-(\d+)$/.exec(name)?.[1]);
    const numbers = names.filter((n) => n !== undefined).map(Number).sort((a, b) => a - b);
    const next = (numbers.at(-1) ?? 0) + 1;
    for (const end of companions) quietly(() => fs.renameSync(this.path + end, `${this.path}.damaged-${next}${end}`));
    for (const old of [...numbers, next].slice(0, -ASIDE)) {
      for (const end of companions) quietly(() => fs.unlinkSync(`${this.path}.damaged-${old}${end}`));
    }
    if (this.inode === inode) return;
    onDamage?.(
      new EngineError(
        `Cannot read "${this.path}": the database is damaged; it is "${this.path}.damaged-${next}" now, and a new one is begun`,
        { engine: "deno_kv", code: "ERR_CACHE_ENGINE_DAMAGED", cause },
      ),
    );
  }

  #restrict(path: string): void {
    const { globals } = this.#parts;
    const process = globals.process as { platform?: string } | undefined;
    if (process?.platform === "win32") return;
    builtin<{ chmodSync?(path: string, mode: number): void }>(globals, "node:fs")?.chmodSync?.(path, 0o600);
  }

  #stateOf(path: string): FileState | undefined {
    try {
      return this.#parts.fs.lstatSync(path);
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw error;
    }
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Another process may have been here first; whether the database opens afterwards is what counts.
  }
}
