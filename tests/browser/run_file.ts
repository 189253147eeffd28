import type { Collector } from "./collector.ts";
import { textOf, type Told, type Unable } from "./told.ts";

/** What a bundle of one test file exports. */
export interface Bundle {
  readonly collector: Collector;
  /** Loads the file, which registers its tests. */
  load(): Promise<unknown>;
}

/** Loads a test file from the address of its bundle and runs its tests. A file that does not load is told as a test that failed. */
export async function runFile(
  bundle: string,
  unable: readonly Unable[],
  tell: (told: Told) => void,
): Promise<void> {
  // Errors that nobody caught while the file loaded.
  const early: unknown[] = [];
  let blame = (error: unknown): void => void early.push(error);
  addEventListener("error", (event) => {
    event.preventDefault();
    blame(event.error ?? event.message);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    blame(event.reason);
  });
  try {
    const { collector, load }: Bundle = await import(bundle);
    await load();
    blame = (error) => collector.blame(error);
    early.forEach(blame);
    await collector.run(unable, tell);
  } catch (error) {
    tell({ kind: "case", name: "the file loads", state: "failed", failure: textOf(error) });
  }
  tell({ kind: "end" });
}
