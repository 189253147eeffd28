/**
 * The names of a folder's entries, kept in the store itself where the store lists nothing: 64 texts, each with the names whose
 * hash falls to it.
 *
 * A name is written down before its entry, and struck out after it, so that a process that dies leaves at most a name
 * without an entry. Within a process all is exact. Processes that change the same one of the 64 in the same moment may lose
 * a name; its entry is then neither listed nor counted nor cleared until it is stored again.
 *
 * Why 64 texts: one alone would be rewritten whole for each new name, and any two processes would meet in it.
 */
import { fnv1a } from "../../src/runtime/fnv1a.ts";
import { asideName } from "./name.ts";
import { sealed, unsealed } from "./record.ts";
import type { Found, Item, TextStore } from "./text_store.ts";

const TEXTS = 64;

/** A store that lists nothing, made to list the names of one folder. */
export class NamesInStore implements TextStore {
  readonly native: object;
  readonly #store: TextStore;
  readonly #folder: string;
  readonly #lasts: Promise<unknown>[] = Array.from({ length: TEXTS }, () => Promise.resolve());

  constructor(store: TextStore, folder: string) {
    this.native = store.native;
    this.#store = store;
    this.#folder = folder;
  }

  getMany(names: readonly string[]): Promise<readonly unknown[]> {
    return this.#store.getMany(names);
  }

  async setMany(items: readonly Item[]): Promise<void> {
    await this.#change(items.map(({ name }) => name), (names, name) => names.add(name));
    await this.#store.setMany(items);
  }

  async deleteMany(names: readonly string[]): Promise<readonly (boolean | undefined)[]> {
    const dropped = await this.#store.deleteMany(names);
    await this.#change(names, (known, name) => known.delete(name));
    return dropped;
  }

  /** A name may be left of an entry that the store has dropped by itself. */
  async dropMany(names: readonly string[]): Promise<number> {
    return (await this.deleteMany(names)).filter((was) => was !== false).length;
  }

  async *list(prefix: string): AsyncGenerator<readonly Found[]> {
    const texts = await this.#store.getMany(Array.from({ length: TEXTS }, (_, at) => this.#text(at)));
    for (const text of texts) yield namesIn(text).filter((name) => name.startsWith(prefix)).map((name) => ({ name }));
  }

  close(): void {
    this.#store.close();
  }

  async #change(names: readonly string[], change: (known: Set<string>, name: string) => unknown): Promise<void> {
    const by = new Map<number, string[]>();
    for (const name of names) {
      const at = fnv1a(new TextEncoder().encode(name)) % TEXTS;
      by.set(at, [...by.get(at) ?? [], name]);
    }
    await Promise.all(
      [...by].map(([at, names]) => this.#inTurn(at, (known) => names.forEach((n) => change(known, n)))),
    );
  }

  /** Rewrites one of the texts, after whoever does so already. */
  #inTurn(at: number, change: (known: Set<string>) => void): Promise<void> {
    const done = this.#lasts[at]!.then(async () => {
      const name = this.#text(at);
      const [text] = await this.#store.getMany([name]);
      const [before, known] = [namesIn(text), new Set(namesIn(text))];
      change(known);
      const same = known.size === before.length && before.every((one) => known.has(one));
      if (same) return;
      await this.#store.setMany([{ name, text: sealed([...known].join("\n")), keepFor: undefined }]);
    });
    this.#lasts[at] = done.catch(() => {});
    return done;
  }

  #text(at: number): string {
    return asideName(this.#folder, `names:${at}`);
  }
}

function namesIn(text: unknown): string[] {
  return unsealed(text)?.split("\n").filter((name) => name !== "") ?? [];
}
