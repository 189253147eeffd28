import type { Globals } from "../../src/contract/engine.ts";
import { headOf, type RecordHead } from "../edge/record.ts";
import { type Epochs, folderEpoch } from "./epochs.ts";
import type { Records } from "./records.ts";
import { type Rows, Shelf } from "./shelf.ts";

/** Records over which the rows of a scope are spread, so that each stays small. */
const SHELVES = 8;

/** What is written down of the entries: which scopes there are, and which keys with which heads. */
export class Catalogue {
  readonly #records: Records;
  readonly #epochs: Epochs;
  readonly #globals: Globals;
  readonly #shelves = new Map<string, Shelf>();
  /** The scopes that are known to be written down, with the folder's epoch. */
  readonly #scopes = new Set<string>();

  constructor(records: Records, epochs: Epochs, globals: Globals) {
    this.#records = records;
    this.#epochs = epochs;
    this.#globals = globals;
  }

  /** Writes rows of one scope down; `undefined` strikes one out. */
  async note(scope: string, rows: Rows, epoch: string): Promise<void> {
    const parts = new Map<Shelf, Rows>();
    for (const [key, row] of rows) {
      const shelf = this.#shelf(`index/${scope}${numberOf(key)}`);
      parts.set(shelf, (parts.get(shelf) ?? new Map()).set(key, row));
    }
    await Promise.all([
      this.#noteScope(scope, folderEpoch(epoch)),
      ...[...parts].map(([shelf, part]) => shelf.change(part, epoch)),
    ]);
  }

  /** The keys and heads under a prefix. */
  async *heads(prefix: string): AsyncGenerator<(readonly [key: string, head: RecordHead])[]> {
    for (const scope of prefix === "" ? await this.#listScopes() : [prefix]) {
      const epoch = await this.#epochs.of(scope);
      if (epoch === undefined) continue;
      const numbers = Array.from({ length: SHELVES }, (_, number) => number);
      const all = await Promise.all(numbers.map((number) => this.#shelf(`index/${scope}${number}`).read(epoch)));
      yield all.flatMap((rows) => [...rows]).flatMap(([key, row]) => {
        const head = headOf(row);
        return head === undefined ? [] : [[key, head] as const];
      });
    }
  }

  async #listScopes(): Promise<string[]> {
    const epoch = await this.#epochs.of("");
    return epoch === undefined ? [] : [...(await this.#shelf("scopes").read(epoch)).keys()];
  }

  async #noteScope(scope: string, epoch: string): Promise<void> {
    if (this.#scopes.has(epoch + scope)) return;
    await this.#shelf("scopes").change(new Map([[scope, 1]]), epoch);
    this.#scopes.add(epoch + scope);
  }

  #shelf(name: string): Shelf {
    let shelf = this.#shelves.get(name);
    if (shelf === undefined) this.#shelves.set(name, shelf = new Shelf(this.#records, name, this.#globals));
    return shelf;
  }
}

function numberOf(key: string): number {
  let sum = 0;
  for (let at = 0; at < key.length; at++) sum = (sum * 31 + key.charCodeAt(at)) | 0;
  return (sum >>> 0) % SHELVES;
}
