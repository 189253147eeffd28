import type { Globals } from "../../src/contract/engine.ts";
import { doneWithin } from "../../src/runtime/requests.ts";
import { parsed, type Records } from "./records.ts";

/** Rows by name, as one record holds them. `undefined` is a row that goes. */
export type Rows = Map<string, unknown>;

/** How long one writer waits for another one whose request may have ended, in milliseconds. */
const PATIENCE = 1_000;

/**
 * One record of the index: rows that are read, changed and written together, valid in one epoch.
 *
 * Writers in one process write one after the other, and each writes the rows of all who wait. That only keeps the index
 * exact, so a writer whose turn does not come goes ahead without it.
 */
export class Shelf {
  readonly #records: Records;
  readonly #name: string;
  readonly #globals: Globals;
  readonly #waiting = new Map<string, { readonly epoch: string; readonly row: unknown }>();
  #turn: Promise<void> | undefined;

  constructor(records: Records, name: string, globals: Globals) {
    this.#records = records;
    this.#name = name;
    this.#globals = globals;
  }

  /** The rows that are valid in an epoch. */
  async read(epoch: string): Promise<Rows> {
    const found = await this.#records.find(this.#name);
    if (found?.epoch !== epoch) {
      await found?.drop();
      return new Map();
    }
    const rows = parsed(new TextDecoder().decode(await found.bytes()));
    return new Map(Array.isArray(rows) ? rows : []);
  }

  /** Changes rows. */
  async change(rows: Rows, epoch: string): Promise<void> {
    const mine = [...rows].map(([name, row]) => [name, { epoch, row }] as const);
    const add = () => mine.forEach(([name, one]) => this.#waiting.set(name, one));
    const waits = () => mine.some(([name, one]) => this.#waiting.get(name) === one);
    for (add(); waits();) {
      const turn = this.#turn;
      if (turn === undefined) return await this.#take(epoch);
      if (await doneWithin(turn, PATIENCE, this.#globals) || this.#turn !== turn) continue;
      // What it took from those who wait may have gone with its request.
      this.#turn = undefined;
      add();
    }
  }

  #take(epoch: string): Promise<void> {
    const turn = this.#write(epoch).finally(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
    return this.#turn = turn;
  }

  async #write(epoch: string): Promise<void> {
    const rows = await this.read(epoch);
    let changed = false;
    for (const [name, waiting] of this.#waiting) {
      if (waiting.epoch !== epoch) continue;
      this.#waiting.delete(name);
      changed ||= waiting.row !== undefined || rows.has(name);
      if (waiting.row === undefined) rows.delete(name);
      else rows.set(name, waiting.row);
    }
    if (!changed) return;
    const bytes = new TextEncoder().encode(JSON.stringify([...rows]));
    await this.#records.put(this.#name, { epoch, bytes, seconds: Infinity });
  }
}
