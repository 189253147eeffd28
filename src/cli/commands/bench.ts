import { CacheContext } from "../../context.ts";
import type { ContextOptions } from "../../context_options.ts";
import type { Globals } from "../../contract/engine.ts";
import { engines } from "../../decorators/engine_manager.ts";
import { milliseconds } from "../../duration.ts";
import { ConfigurationError } from "../../errors.ts";
import { builtin } from "../../runtime/abilities.ts";
import { randomName } from "../../runtime/random_name.ts";
import { spanText } from "../../wording.ts";
import type { Command } from "../command.ts";
import { type Column, jsonOf, tableOf } from "../table.ts";

/** The engines that can be measured on a machine. Memory is the first, because the others are compared with it. */
const MEASURED = ["memory", "files", "bun_sqlite", "node_sqlite", "deno_kv"];

/** How many keys are set and read in turn: once before anything counts, and between two looks at the clock. */
const KEYS = 20;

/** What an operation took on one engine, in milliseconds, and how many times as long as in memory. */
interface Row {
  readonly engine: string;
  readonly setMs: number;
  readonly getMs: number;
  readonly setRatio: number;
  readonly getRatio: number;
}

/** Measures the engines. */
export const bench: Command = {
  name: "bench",
  takes: "",
  most: 0,
  about: "what setting and getting takes on the engines of this runtime",
  details:
    "One small object at a time is set and read through a CacheContext, as a program would, in a folder that is made for " +
    "it and removed. Ratios are to memory. It takes a few seconds; a busy machine shows in it.",
  options: ["url", "time", "json"],
  async run({ options }, terminal) {
    const time = milliseconds(options.time ?? "250ms");
    if (time === undefined) {
      throw new ConfigurationError(
        `Cannot measure for "${options.time}": it is no span of time; give text such as "1s"`,
      );
    }
    const rows: Row[] = [];
    const measure = async (engine: string | undefined, where: ContextOptions) => {
      const { setMs, getMs } = await measured({ ...where, ...(engine !== undefined && { engine }) }, time);
      const base = rows[0] ?? { setMs, getMs };
      const name = engine ?? new URL(options.url!).protocol.slice(0, -1);
      rows.push({ engine: name, setMs, getMs, setRatio: setMs / base.setMs, getRatio: getMs / base.getMs });
    };
    await inFolder(async (cacheDir) => {
      const offered = engines.available({ cacheDir });
      for (const engine of MEASURED) {
        if (offered.find(({ name }) => name === engine)?.available) {
          await measure(engine, { cacheDir, folderName: engine });
        }
      }
    });
    if (options.url !== undefined) await measure(undefined, { url: options.url, folderName: `bench-${randomName()}` });
    const columns: Column<Row>[] = [
      { title: "engine", text: ({ engine }) => engine },
      { title: "set", right: true, text: ({ setMs }) => spanText(setMs) },
      { title: "get", right: true, text: ({ getMs }) => spanText(getMs) },
      { title: "set / memory", right: true, text: ({ setRatio }) => ratioText(setRatio) },
      { title: "get / memory", right: true, text: ({ getRatio }) => ratioText(getRatio) },
    ];
    terminal.out(options.json ? jsonOf(rows) : tableOf(columns, rows));
    return "done";
  },
};

async function measured(where: ContextOptions, time: number): Promise<Pick<Row, "setMs" | "getMs">> {
  const cache = await CacheContext.open({ ...where, name: "bench", strict: true });
  try {
    const value = { id: 1, name: "a small object", list: [1, 2, 3, 4], nested: { yes: true, text: "x".repeat(200) } };
    const setMs = await perTurn(time, (turn) => cache.set(turn % KEYS, { ...value, id: turn }));
    const getMs = await perTurn(time, (turn) => cache.get(turn % KEYS));
    return { setMs, getMs };
  } finally {
    await cache.clear();
    await cache.close();
  }
}

/** How long one turn of some work takes, over turns for so many milliseconds. */
async function perTurn(time: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  for (let turn = 0; turn < KEYS; turn++) await work(turn);
  const start = performance.now();
  for (let turn = 0;;) {
    for (let step = 0; step < KEYS; step++) await work(turn++);
    const passed = performance.now() - start;
    if (passed >= time) return passed / turn;
  }
}

/** Makes a folder for as long as some work needs it. */
async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  interface Fs {
    mkdtempSync(prefix: string): string;
    rmSync(path: string, options: object): void;
  }
  const globals = globalThis as unknown as Globals;
  const [fs, os] = [builtin<Fs>(globals, "node:fs"), builtin<{ tmpdir(): string }>(globals, "node:os")];
  if (fs === undefined || os === undefined) return await work("");
  const path = fs.mkdtempSync(`${os.tmpdir()}/twat-cache-bench-`);
  try {
    await work(path);
  } finally {
    fs.rmSync(path, { recursive: true, force: true });
  }
}

function ratioText(ratio: number): string {
  return `× ${ratio < 9.95 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString("en-US")}`;
}
