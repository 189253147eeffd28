import type { Globals, OpenOptions } from "../../src/contract/engine.ts";
import { builtin } from "../../src/runtime/abilities.ts";
import { codeOf, type FileSystem } from "../../src/runtime/file_system.ts";
import { makePrivateFolder } from "../../src/runtime/private_folder.ts";
import { EngineError, PathError } from "../../src/errors.ts";
import { faultOf, type OpenDriver, type SqliteDriver } from "./driver.ts";
import { BUSY_MS, patiently, pause } from "./patience.ts";
import { prepareSchema } from "./schema.ts";

/** Where the database is and how it is opened. */
export interface SqliteFileParts extends Pick<OpenOptions, "onDamage"> {
  readonly engine: string;
  readonly globals: Globals;
  readonly fs: FileSystem;
  readonly open: OpenDriver;
  readonly directory: string;
  readonly secure: boolean;
}

/** How long opening may wait for other processes that open the same new file, in milliseconds. */
const OPENING_MS = 2_000;
/** How many damaged databases are kept. */
const ASIDE = 3;
/** After how long, in milliseconds, a process that was setting a database aside is believed dead. */
const ABANDONED_MS = 5_000;

const companions = ["-wal", "-shm", ""] as const;

/** The database file of a cache folder: opens it, notices when it is gone, and sets it aside when it is damaged. */
export class SqliteFile {
  readonly engine: string;
  readonly path: string;
  readonly #parts: SqliteFileParts;
  #inode = 0;

  constructor(parts: SqliteFileParts) {
    this.#parts = parts;
    this.engine = parts.engine;
    this.path = `${parts.directory}/cache.sqlite`;
  }

  /** Opens the database, a fresh one if there is none or only a damaged one. */
  open(): SqliteDriver {
    for (let attempt = 1;; attempt++) {
      this.#prepareFile();
      const inode = this.#inodeNow();
      try {
        const driver = this.#connect();
        if (inode === this.#inodeNow()) {
          this.#inode = inode;
          return driver;
        }
        driver.close();
      } catch (error) {
        const fault = faultOf(error);
        // The file may have been moved away at this very moment, by a process that found it damaged.
        if (attempt === 3 || fault !== "damaged" && fault !== "moved") throw error;
        if (fault === "damaged") this.#setAside(inode, error);
      }
    }
  }

  /** Whether the file that was opened is no longer the one in the folder. */
  get moved(): boolean {
    return this.#inodeNow() !== this.#inode;
  }

  /** How many bytes are in the write-ahead log. */
  get logBytes(): number {
    return this.#stateOf(`${this.path}-wal`)?.size ?? 0;
  }

  /** Puts the damaged database, which must be closed, out of the way and tells of it, unless another process has done so already. */
  setAside(cause: unknown): void {
    this.#setAside(this.#inode, cause);
  }

  #connect(): SqliteDriver {
    return patiently(OPENING_MS, () => {
      const driver = this.#parts.open(this.path);
      try {
        driver.prepare(`PRAGMA busy_timeout = ${BUSY_MS}`).get();
        prepareSchema(driver, this.engine);
        return driver;
      } catch (error) {
        driver.close();
        throw error;
      }
    });
  }

  /** Makes the folder and the file, with their permissions, and refuses links in their place. */
  #prepareFile(): void {
    const { globals, fs, directory, secure } = this.#parts;
    makePrivateFolder(globals, directory, secure);
    for (const end of companions) {
      const state = this.#stateOf(this.path + end);
      if (state && !state.isFile()) {
        const found = state.isSymbolicLink() ? "a link" : "no file";
        throw new PathError(`Cannot open database "${this.path}${end}": it is ${found}; remove it`);
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

  #restrict(path: string): void {
    const { globals } = this.#parts;
    const process = globals.process as { platform?: string } | undefined;
    if (process?.platform === "win32") return;
    builtin<{ chmodSync?(path: string, mode: number): void }>(globals, "node:fs")?.chmodSync?.(path, 0o600);
  }

  #setAside(inode: number, cause: unknown): void {
    const number = this.#moveAside(inode);
    // When others may go on: whoever hears of it may take a while.
    if (number !== undefined) this.#parts.onDamage?.(this.#damage(number, cause));
  }

  /** Renames the database, unless another process has done so already; gives the number that it has now. */
  #moveAside(inode: number): number | undefined {
    const { fs } = this.#parts;
    const turn = `${this.path}.setting-aside`;
    if (!this.#takeTurn(turn)) return undefined;
    try {
      if (this.#inodeNow() !== inode) return undefined;
      const numbers = this.#aside();
      const next = (numbers.at(-1) ?? 0) + 1;
      // The database goes last: who opens it in between finds it damaged and waits for the turn.
      for (const end of companions) {
        this.#quietly(() => fs.renameSync(this.path + end, `${this.path}.damaged-${next}${end}`));
      }
      for (const old of [...numbers, next].slice(0, -ASIDE)) {
        for (const end of companions) this.#quietly(() => fs.unlinkSync(`${this.path}.damaged-${old}${end}`));
      }
      return this.#inodeNow() === inode ? undefined : next;
    } finally {
      this.#quietly(() => fs.rmdirSync(turn));
    }
  }

  #damage(number: number, cause: unknown): EngineError {
    const said = cause instanceof Error ? cause.message : String(cause);
    return new EngineError(
      `Cannot read "${this.path}": the database is damaged (${said}); it is "${this.path}.damaged-${number}" now, and a new one is begun`,
      { engine: this.engine, code: "ERR_CACHE_ENGINE_DAMAGED", cause },
    );
  }

  /** Waits to be the only process that sets the database aside; says `false` after two seconds. */
  #takeTurn(turn: string): boolean {
    const { fs } = this.#parts;
    for (let tries = 0; tries < 200; tries++) {
      try {
        fs.mkdirSync(turn, { mode: 0o700, recursive: false });
        return true;
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
      const since = this.#stateOf(turn)?.mtimeMs ?? Infinity;
      if (Date.now() - since > ABANDONED_MS) this.#quietly(() => fs.rmdirSync(turn));
      else pause(10);
    }
    return false;
  }

  /** The numbers of the databases set aside, oldest first. */
  #aside(): number[] {
    const names = this.#parts.fs.readdirSync(this.#parts.directory);
    const numbers = names.map((name) => /^cache\.sqlite\.damaged-(\d+)$/.exec(name)?.[1]).filter((n) =>
      n !== undefined
    );
    return numbers.map(Number).sort((a, b) => a - b);
  }

  #inodeNow(): number {
    return this.#stateOf(this.path)?.ino ?? -1;
  }

  #stateOf(path: string): ReturnType<FileSystem["lstatSync"]> | undefined {
    try {
      return this.#parts.fs.lstatSync(path);
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw error;
    }
  }

  #quietly(work: () => void): void {
    try {
      work();
    } catch {
      // Another process may have been here first; whether the database opens afterwards is what counts.
    }
  }
}
