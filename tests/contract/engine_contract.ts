import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AcceleratorName } from "../../src/contract/accelerators.ts";
import type { Engine, Globals, OpenOptions } from "../../src/contract/engine.ts";
import { acceleratorChapter } from "./accelerator_chapter.ts";
import { commitChapter } from "./commit_chapter.ts";
import { evictionChapter } from "./eviction_chapter.ts";
import { leaseChapter } from "./lease_chapter.ts";
import { lifeChapter } from "./life_chapter.ts";
import { listingChapter } from "./listing_chapter.ts";
import { newsChapter } from "./news_chapter.ts";
import { recordChapter } from "./record_chapter.ts";
import { subject } from "./subject.ts";

/** What the contract needs to know of an engine. */
export interface ContractOptions {
  /** The engine under test. */
  readonly engine: Engine;
  /** The optional methods its stores offer. One that is offered and not named here fails the contract, and so does the reverse. */
  readonly accelerators?: readonly AcceleratorName[] | undefined;
  /** A fresh folder at each call. By default one in the system's folder for temporary files, or `""` where there is none. */
  readonly directory?: (() => string) | undefined;
  /** What every store is opened with besides a fresh `directory` and a fresh `folderName`, for example the `url` of a server. */
  readonly open?: Partial<OpenOptions> | undefined;
  /** Whether the engine was handed its driver, so that its probe asks nothing of the globals and says yes without any. */
  readonly injected?: boolean | undefined;
  /** Why this runtime cannot offer the engine. Then only its probe is tested, which has to say no. */
  readonly unavailable?: string | undefined;
}

/**
 * The tests that every engine passes, registered with `node:test`: exact records, listings, accelerators against
 * their fallbacks, eviction, commits, leases and news, and life from opening to use after close. Each test opens a storage
 * of its own, told by `directory` and `folderName` together.
 *
 * @example
 * ```ts ignore
 * import { engineContract } from "@twat/cache/testing";
 * import { memory } from "@twat/cache/memory";
 * engineContract("memory", { engine: memory, accelerators: ["getMany", "setMany"] });
 * ```
 */
export function engineContract(name: string, options: ContractOptions): void {
  const { engine, accelerators = [], unavailable, directory, open, injected } = options;
  if (unavailable !== undefined) {
    describe(`${name} (not here: ${unavailable})`, () => {
      it("probe() gives a reason when the runtime lacks the engine", () => {
        assert.equal(typeof engine.probe(globalThis as unknown as Globals, { ...open, directory: "/none" }), "string");
      });
    });
    return;
  }
  const colours = engine.mode === "both" ? [false, true] : [false];
  for (const sync of colours) {
    describe(sync ? `${name} (openSync)` : name, () => {
      const tested = subject(engine, { directory, open, injected, accelerators, sync });
      recordChapter(tested);
      listingChapter(tested);
      acceleratorChapter(tested);
      evictionChapter(tested);
      commitChapter(tested);
      leaseChapter(tested);
      newsChapter(tested);
      lifeChapter(tested);
    });
  }
}
