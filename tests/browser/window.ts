/** Runs a test file in the window of a page, or in a worker of that page, and tells through the function that the runner put there. */
import type { Told, Unable } from "./told.ts";
import { runFile } from "./run_file.ts";

/** What the runner hands to a page: a test file's address, where to run it, and what it cannot pass. */
export interface PageTask {
  readonly file: string;
  readonly place: "window" | "worker";
  readonly unable: readonly Unable[];
}

interface PageGlobals {
  /** Put there by the runner. */
  tellRunner(told: Told): void;
  /** Called by the runner. */
  startTests(task: PageTask): void;
}

const page = globalThis as unknown as PageGlobals;

page.startTests = (task) => {
  if (task.place === "window") {
    void runFile(task.file, task.unable, (told) => page.tellRunner(told));
    return;
  }
  const worker = new Worker("/tests/browser/worker.ts", { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Told>) => page.tellRunner(data);
  worker.onerror = (event) => {
    event.preventDefault();
    page.tellRunner({ kind: "case", name: "the worker starts", state: "failed", failure: event.message });
    page.tellRunner({ kind: "end" });
  };
  worker.postMessage(task);
};
