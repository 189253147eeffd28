import process from "node:process";
import type { Readable } from "node:stream";
import type { Told } from "../../tests/browser/told.ts";
import { bundleModule } from "./bundle.ts";
import { type BundledOptions, type BundledRun, FileRun, unableIn } from "./told_cases.ts";

/** The day whose behaviour of workerd the tests ask for. */
const compatibilityDate = "2026-07-01";

/**
 * What V8 is told. Where it sweeps its garbage in threads, too, workerd 1.20260730 now and then waits in a busy loop for one that
 * has nothing to do, for ever, and the more so the busier a machine of two cores is.
 */
const v8Flags = "--single-threaded-gc";

/**
 * Runs test files in workerd, each in a worker of its own within one request, with a namespace of Workers KV as `KV`.
 *
 * Why a file that hangs is run once more: workerd was seen to hang at garbage, whichever file it ran. What hangs by itself hangs again.
 */
export async function runInWorkerd(options: BundledOptions): Promise<BundledRun> {
  const run: BundledRun = { cases: [], output: [] };
  const main = await bundleModule("tests/browser/workerd.ts", "workerd");
  const waiting = [...options.bundles.code];
  // A worker that hangs holds all others up, so that those behind it get another workerd.
  const hung = new Set<string>();
  while (waiting.length > 0) await runUntilHung(waiting, hung, main, options, run);
  return run;
}

async function runUntilHung(
  waiting: (readonly [file: string, code: string])[],
  hungBefore: Set<string>,
  main: string,
  options: BundledOptions,
  run: BundledRun,
): Promise<void> {
  const { Miniflare } = await import("miniflare");
  process.env["MINIFLARE_WORKERD_V8_FLAGS"] ??= v8Flags;
  let note = (text: string): void => void run.output.push({ file: "workerd", text });
  const miniflare = new Miniflare({
    workers: waiting.map(([file, code]) => ({
      name: nameOf(file),
      compatibilityDate,
      modules: [
        { type: "ESModule" as const, path: "main.js", contents: main },
        { type: "ESModule" as const, path: "bundle.js", contents: code },
      ],
      kvNamespaces: { KV: nameOf(file) },
    })),
    handleRuntimeStdio: (...streams: Readable[]) => {
      for (const stream of streams) stream.setEncoding("utf8").on("data", (text: string) => note(text.trimEnd()));
    },
  });
  try {
    for (let hung = false; !hung && waiting.length > 0;) {
      const next = waiting.shift()!;
      const [file] = next;
      options.onFile(file);
      const own: BundledRun = { cases: [], output: [] };
      const told = new FileRun(file, own, options.patience);
      note = (text) => told.note(text);
      const worker = await miniflare.getWorker(nameOf(file)) as unknown as { fetch: typeof fetch };
      worker.fetch("http://localhost/", { method: "POST", body: JSON.stringify(unableIn(file, options)) })
        .then((response) => hear(response.body, told))
        .then(() => told.fail("the answer broke off meanwhile"), (error) => told.fail(`the worker failed: ${error}`));
      hung = await told.ended === "hung";
      if (hung && !hungBefore.has(file)) {
        hungBefore.add(file);
        waiting.unshift(next);
        console.log(`workerd: nothing was heard of ${file} for ${options.patience / 1000} s; it is run once more`);
        continue;
      }
      run.cases.push(...own.cases);
      run.output.push(...own.output);
    }
  } finally {
    await miniflare.dispose();
  }
}

function nameOf(file: string): string {
  return file.replaceAll(/\W/g, "-");
}

async function hear(body: ReadableStream<Uint8Array<ArrayBuffer>> | null, told: FileRun): Promise<void> {
  if (body === null) return;
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) told.hear(JSON.parse(line) as Told);
  }
}
