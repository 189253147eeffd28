/**
 * Bodies as files of a folder: `<key>~<time>~<chance>~<bytes>.bin`, or `.txt` for text. A file is written once.
 *
 * A file that was never finished, or whose entry went while the tab died, is found by its age.
 */
import type { Body } from "../../src/contract/entry.ts";
import { randomName } from "../../src/runtime/random_name.ts";
import type { Depot } from "../indexed_db/depot.ts";
import { nameOf } from "../indexed_db/idb.ts";
import { type DirectoryHandle, openFolder, type OpfsGlobals } from "./directory.ts";

/** How old a file that belongs to nothing must be, in milliseconds: longer than writing it can take. */
const ABANDONED = 600_000;

/**
 * Bytes that are written at once. When there is no room for more than that, Chromium 156 at times says only that the write
 * was broken off.
 */
const PORTION = 2 ** 20;

/** The longest part of a key that a file's name shows. */
const SHOWN = 120;

/** The names of such files, also while Chromium writes them. */
const NAME = /~([0-9a-z]+)~[0-9a-z]{8}~([0-9a-z]+)\.(?:bin|txt)(?:\.crswap)?$/;

/** A place for bodies among a site's private files. */
export class OpfsDepot implements Depot {
  readonly #globals: OpfsGlobals;
  readonly #path: string;
  #folder: DirectoryHandle;

  /** Opens a folder. */
  static async open(globals: OpfsGlobals, path: string): Promise<OpfsDepot> {
    return new OpfsDepot(globals, path, await openFolder(globals, path));
  }

  constructor(globals: OpfsGlobals, path: string, folder: DirectoryHandle) {
    this.#globals = globals;
    this.#path = path;
    this.#folder = folder;
  }

  get native(): unknown {
    return this.#folder;
  }

  async deposit(key: string, body: Body): Promise<string | undefined> {
    const bytes = typeof body === "string" ? utf8(body) : body;
    if (bytes === undefined) return undefined;
    const ending = typeof body === "string" ? "txt" : "bin";
    const shown = key.replace(/[^a-z0-9.-]/g, "_").slice(0, SHOWN);
    const name = `${shown}~${Date.now().toString(36)}~${randomName()}~${bytes.length.toString(36)}.${ending}`;
    try {
      await this.#write(name, bytes);
    } catch (error) {
      if (nameOf(error) !== "NotFoundError") throw error;
      // The data of the site was cleared, and the folder with it.
      this.#folder = await openFolder(this.#globals, this.#path);
      await this.#write(name, bytes);
    }
    return name;
  }

  async fetch(name: string): Promise<Body | undefined> {
    const [, , length = ""] = NAME.exec(name) ?? [];
    try {
      const file = await (await this.#folder.getFileHandle(name)).getFile();
      if (file.size !== Number.parseInt(length, 36)) return undefined;
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      // A file that goes while it is read is "not readable".
      if (["NotFoundError", "NotReadableError"].includes(nameOf(error))) return undefined;
      throw error;
    }
  }

  async discard(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#folder.removeEntry(name).catch(() => {})));
  }

  async tidy(entries: number, slips: () => Promise<ReadonlySet<string>>): Promise<void> {
    const old: string[] = [];
    let count = 0;
    for await (const name of this.#folder.keys()) {
      const [, time] = NAME.exec(name) ?? [];
      if (time === undefined) continue;
      count++;
      if (Number.parseInt(time, 36) < Date.now() - ABANDONED) old.push(name);
    }
    if (old.length === 0 || count <= entries) return;
    const kept = await slips();
    await this.discard(old.filter((name) => !kept.has(name)));
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const handle = await this.#folder.getFileHandle(name, { create: true });
    try {
      const file = await handle.createWritable();
      try {
        for (let at = 0; at < bytes.length; at += PORTION) await file.write(bytes.subarray(at, at + PORTION));
        await file.close();
      } catch (error) {
        await file.abort().catch(() => {});
        throw error;
      }
    } catch (error) {
      await this.discard([name]);
      throw error;
    }
  }
}

/** Text as UTF-8; `undefined` for lone surrogates, which have none. */
function utf8(text: string): Uint8Array | undefined {
  const isWellFormed = (text as { isWellFormed?(): boolean }).isWellFormed?.() ?? !/\p{Surrogate}/u.test(text);
  return isWellFormed ? new TextEncoder().encode(text) : undefined;
}
