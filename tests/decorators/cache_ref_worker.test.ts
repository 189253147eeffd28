import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { bcache } from "../../mod.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";

const cacheDir = fastFolder();
const script = new URL("./children/ref_worker.ts", import.meta.url);

/** Sends a message to a new worker and gives its answer. */
async function ask(message: unknown): Promise<unknown> {
  const worker = new Worker(script);
  try {
    return await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.postMessage(message);
    });
  } finally {
    await worker.terminate();
  }
}

for (const engine of persistentHere) {
  test(`a worker gets by cache.ref() what is kept on ${engine}, and computes nothing`, async () => {
    const options = { name: `sent to workers from ${engine}`, ...keptIn(engine, cacheDir, "worker") };
    const fn = bcache((x: number) => ({ x, of: "the main thread" }), options);
    await fn.cache.warm([[1], [2]]);
    await fn.cache.close();
    const refs = [fn.cache.ref(1), fn.cache.ref(2), fn.cache.ref(3)];
    assert.deepEqual(await ask({ options, refs }), {
      values: [{ x: 1, of: "the main thread" }, { x: 2, of: "the main thread" }],
      runs: 0,
      missing: ["ERR_CACHE_OPERATION"],
      dropped: true,
    });
    assert.deepEqual([await fn.cache.has(1), await fn.cache.has(2)], [false, true]);
    await fn.cache.close();
  });
}
