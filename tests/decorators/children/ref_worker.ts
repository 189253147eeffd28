/**
 * A worker that is sent references to values of a function and answers with the values: `{ options, refs }` in,
 * `{ values, runs, missing }` out, where a reference that leads nowhere counts as missing by its error's code.
 */
import { parentPort } from "node:worker_threads";
import type { CacheOptions } from "../../../mod.ts";
import { bcache } from "../../../mod.ts";
import type { CacheRefData } from "../../../src/decorators/cache_ref.ts";

parentPort!.once("message", async ({ options, refs }: { options: CacheOptions; refs: CacheRefData[] }) => {
  let runs = 0;
  const fn = bcache((x: number) => ({ x, of: `run ${++runs} in the worker` }), options);
  const values: unknown[] = [];
  const missing: unknown[] = [];
  for (const data of refs) {
    try {
      values.push(await fn.cache.ref.from(data).get());
    } catch (error) {
      missing.push((error as { code?: string }).code);
    }
  }
  const dropped = await fn.cache.ref.from(refs[0]!).drop();
  await fn.cache.close();
  parentPort!.postMessage({ values, runs, missing, dropped });
});
