import type { Told, Unable } from "../../tests/browser/told.ts";
import type { Bundles } from "./bundle.ts";
import type { Case } from "./junit.ts";
import type { Said } from "./point_to_sources.ts";

/** What test files are run with. */
export interface BundledOptions {
  readonly bundles: Bundles;
  /** Tests that cannot pass there; they are told as skipped. */
  readonly unable: readonly (Unable & { readonly file?: string | undefined })[];
  /** How long a file may be silent, in milliseconds. */
  readonly patience: number;
  /** Told of each file before it is run. */
  readonly onFile: (file: string) => void;
}

/** What became of test files that were run from bundles. */
export interface BundledRun {
  readonly cases: Case[];
  /** What failures, consoles and runtimes say. */
  readonly output: Said[];
}

/** Those of the tests that cannot pass that may be in a file. */
export function unableIn(file: string, { unable }: Pick<BundledOptions, "unable">): Unable[] {
  return unable.filter((item) => item.file === undefined || item.file === file);
}

/** What one file tells, until it ends or is silent for too long. */
export class FileRun {
  readonly #file: string;
  readonly #run: BundledRun;
  readonly #patience: number;
  /** How the file ended, when it has. */
  readonly ended: Promise<"ended" | "hung">;
  #settle!: (how: "ended" | "hung") => void;
  #timer: ReturnType<typeof setTimeout>;
  #now = "the file loads";
  #since = performance.now();
  #settled = false;

  /** `patience` is how long it may be silent, in milliseconds. */
  constructor(file: string, run: BundledRun, patience: number) {
    this.#file = file;
    this.#run = run;
    this.#patience = patience;
    this.ended = new Promise((resolve) => this.#settle = resolve);
    this.#timer = this.#wait();
  }

  /** Takes what the file tells. What comes after its end is not heard. */
  hear(told: Told): void {
    if (this.#settled) return;
    clearTimeout(this.#timer);
    switch (told.kind) {
      case "begins":
        this.#now = told.name;
        break;
      case "case": {
        const { name, state, reason, failure } = told;
        const seconds = (performance.now() - this.#since) / 1000;
        this.#since = performance.now();
        this.#run.cases.push({ file: this.#file, name, state, seconds, ...(reason !== undefined && { reason }) });
        if (failure !== undefined) this.note(`"${name}": ${failure}`);
        break;
      }
      case "end":
        return this.#end("ended");
    }
    this.#timer = this.#wait();
  }

  /** Ends the file with a failure that it could not tell itself. */
  fail(what: string): void {
    if (this.#settled) return;
    this.hear({ kind: "case", name: this.#now, state: "failed", failure: what });
    this.hear({ kind: "end" });
  }

  /** Keeps a text for those who look for the cause of a failure. */
  note(text: string): void {
    this.#run.output.push({ file: this.#file, text });
  }

  #end(how: "ended" | "hung"): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#settle(how);
  }

  #wait(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const failure = `it hangs: nothing was heard for ${this.#patience / 1000} s`;
      this.hear({ kind: "case", name: this.#now, state: "failed", failure });
      this.#end("hung");
    }, this.#patience);
  }
}
