import type { Told } from "../../tests/browser/told.ts";
import type { PageTask } from "../../tests/browser/window.ts";
import { openBrowser } from "./open_browser.ts";
import { openFirefox } from "./open_firefox.ts";
import type { BrowserName } from "./runtimes.ts";
import { serveTests } from "./test_server.ts";
import { type BundledOptions, type BundledRun, FileRun, unableIn } from "./told_cases.ts";

/** A browser that runs, whoever drives it. */
export interface TestBrowser {
  newContext(): Promise<TestProfile>;
  close(): Promise<void>;
}

/** A profile with storage of its own. */
export interface TestProfile {
  newPage(): Promise<TestPage>;
  close(): Promise<void>;
}

/** A page of a browser, as far as tests need it. */
interface TestPage {
  on(event: "console", heard: (message: { type(): string; text(): string }) => void): unknown;
  on(event: "crash" | "close", heard: () => void): unknown;
  exposeFunction(name: string, called: (item: Told) => void): Promise<unknown>;
  goto(url: string): Promise<unknown>;
  evaluate(run: (task: PageTask) => void, task: PageTask): Promise<unknown>;
}

/** Runs test files in a browser, each in a page with storage of its own, in the page's window or in a dedicated worker. */
export async function runInBrowser(
  name: BrowserName,
  executable: string,
  place: PageTask["place"],
  options: BundledOptions,
): Promise<BundledRun> {
  const run: BundledRun = { cases: [], output: [] };
  const server = serveTests(options.bundles);
  const browser: TestBrowser = name === "firefox" ? await openFirefox(executable) : await openBrowser(name, executable);
  try {
    for (const file of options.bundles.code.keys()) {
      options.onFile(file);
      await runPage(browser, server.origin, file, place, options, run);
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return run;
}

async function runPage(
  browser: TestBrowser,
  origin: string,
  file: string,
  place: PageTask["place"],
  options: BundledOptions,
  run: BundledRun,
): Promise<void> {
  const told = new FileRun(file, run, options.patience);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.on("console", (message) => told.note(`console.${message.type()}: ${message.text()}`));
    page.on("crash", () => told.fail("the page crashed meanwhile"));
    page.on("close", () => told.fail("the page was closed meanwhile"));
    await page.exposeFunction("tellRunner", (item: Told) => told.hear(item));
    await page.goto(origin);
    const task: PageTask = { file: `${origin}/${file}`, place, unable: unableIn(file, options) };
    // A page that hangs at once never answers.
    const started = page.evaluate((task) => (globalThis as unknown as PageRunner).startTests(task), task)
      .catch((error: unknown) => told.fail(`the page does not answer: ${error}`));
    await Promise.race([started, told.ended]);
    await told.ended;
  } finally {
    await context.close();
  }
}

interface PageRunner {
  startTests(task: PageTask): void;
}
