/** Runs a test file in a dedicated worker and tells the page that started it. */
import { runFile } from "./run_file.ts";
import type { PageTask } from "./window.ts";

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<PageTask>) => void) | null;
  postMessage(data: unknown): void;
};

scope.onmessage = ({ data: { file, unable } }) => {
  // From now on messages are the tests' own.
  scope.onmessage = null;
  void runFile(file, unable, (told) => scope.postMessage(told));
};
