import type { Globals } from "../../src/contract/engine.ts";
import { doneWithin } from "../../src/runtime/requests.ts";
import type { Records } from "./records.ts";

/** How long one who needs an epoch waits for another one, whose request may have ended, to begin it, in milliseconds. */
const PATIENCE = 1_000;

/** Characters of a random text. */
const LENGTH = 36;

/** The epoch of the folder in that of a scope. */
export function folderEpoch(epoch: string): string {
  return epoch.slice(0, LENGTH);
}

/**
 * The epochs in force: one of the folder and one of each scope, written and never changed.
 *
 * An epoch is a random text, so that one that was lost never comes back.
 */
export class Epochs {
  readonly #records: Records;
  readonly #globals: Globals;
  readonly #beginning = new Map<string, Promise<string>>();

  constructor(records: Records, globals: Globals) {
    this.#records = records;
    this.#globals = globals;
  }

  /** The epoch of a scope, `""` for that of the folder alone; `undefined` where there is none. */
  async of(scope: string): Promise<string | undefined> {
    const [folder, own] = await Promise.all([this.#find(""), scope === "" ? "" : this.#find(scope)]);
    return folder === undefined || own === undefined ? undefined : folder + own;
  }

  /** The epoch of a scope, which begins if there is none. */
  async begun(scope: string): Promise<string> {
    const [folder, own] = await Promise.all([
      this.#find("").then((found) => found ?? this.#begin("")),
      scope === "" ? "" : this.#find(scope).then((found) => found ?? this.#begin(scope)),
    ]);
    return folder + own;
  }

  /** Begins a new epoch, which ends the one before. */
  async renew(scope: string): Promise<string> {
    const epoch = globalThis.crypto.randomUUID();
    await this.#records.put(nameOf(scope), { epoch, seconds: Infinity });
    return epoch;
  }

  /** Two that begin one epoch each would make each other's entries useless. */
  async #begin(scope: string): Promise<string> {
    for (let other = this.#beginning.get(scope); other !== undefined; other = this.#beginning.get(scope)) {
      const found = await doneWithin(other, PATIENCE, this.#globals) ? await this.#find(scope) : undefined;
      if (found !== undefined) return found;
      if (this.#beginning.get(scope) === other) this.#beginning.delete(scope);
    }
    const begun = this.renew(scope).finally(() => {
      if (this.#beginning.get(scope) === begun) this.#beginning.delete(scope);
    });
    this.#beginning.set(scope, begun);
    return await begun;
  }

  async #find(scope: string): Promise<string | undefined> {
    const found = await this.#records.find(nameOf(scope));
    await found?.drop();
    return found?.epoch;
  }
}

function nameOf(scope: string): string {
  return `epoch/${scope}`;
}
