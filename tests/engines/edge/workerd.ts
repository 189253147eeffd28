import { after } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { Miniflare } from "miniflare";

/** The day whose behaviour of workerd the tests ask for. */
const compatibilityDate = "2026-07-01";

const built = import.meta.url.endsWith(".js") ? ".js" : ".ts";

/** What a Worker answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A Worker that tests drive from outside. */
export interface Worker {
  /** Asks for a path; after so many milliseconds, if they are given, the request is given up, which ends it in the Worker. */
  ask(path: string, giveUpAfter?: number): Promise<Answer>;
}

/** In front of the Workers under test: a request that comes through a service binding is ended where it is given up. */
const front = `export default {
  async fetch(request, env) {
    const giveUpAfter = request.headers.get("give-up-after");
    const init = giveUpAfter === null ? {} : { signal: AbortSignal.timeout(Number(giveUpAfter)) };
    try {
      const response = await env[request.headers.get("worker")].fetch(request, init);
      return new Response(await response.text(), { status: response.status });
    } catch (error) {
      return new Response(String(error), { status: 499 });
    }
  },
};`;

/**
 * Starts workerd with one isolate of `worker.ts` for each name, all with the same namespace of Workers KV, and ends it after
 * the tests of the file.
 */
export async function startWorkers(
  names: readonly string[],
  compatibilityFlags: readonly string[] = [],
): Promise<Worker[]> {
  const script = await bundle();
  const miniflare = new Miniflare({
    // What workerd has to say about requests that were given up is what the tests are for.
    handleRuntimeStdio: (...streams: NodeJS.ReadableStream[]) => streams.forEach((stream) => stream.resume()),
    workers: [
      { name: "front", modules: true, script: front, compatibilityDate, serviceBindings: own(names) },
      ...names.map((name) => ({
        name,
        modules: [{ type: "ESModule" as const, path: "worker.js", contents: script }],
        compatibilityDate,
        compatibilityFlags: [...compatibilityFlags],
        kvNamespaces: { KV: "shared" },
      })),
    ],
  } as never);
  after(() => miniflare.dispose());
  return names.map((worker) => ({
    async ask(path, giveUpAfter) {
      const headers: Record<string, string> = { worker };
      if (giveUpAfter !== undefined) headers["give-up-after"] = `${giveUpAfter}`;
      const response = await miniflare.dispatchFetch(`http://localhost${path}`, { headers });
      return { status: response.status, text: await response.text() };
    },
  }));
}

function own(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

let script: Promise<string> | undefined;

/** As bundlers of the platform do it. */
function bundle(): Promise<string> {
  after(() => esbuild.stop());
  return script ??= esbuild.build({
    entryPoints: [fileURLToPath(new URL(`worker${built}`, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    logLevel: "silent",
  }).then(({ outputFiles }) => outputFiles[0]!.text);
}
