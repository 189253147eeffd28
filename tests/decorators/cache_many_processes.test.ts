import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "../child.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";

const cacheDir = fastFolder();
const script = new URL("./children/many_keys.ts", import.meta.url);
const KEYS = Array.from({ length: 200 }, (_, key) => key);

for (const engine of persistentHere) {
  test(`cacheMany() gives three processes that ask for the same keys in different orders what one of them loads on ${engine}`, async () => {
    const options = JSON.stringify({ ...keptIn(engine, cacheDir, "processes"), name: "shared" });
    const start = String(Date.now() + 1_500);
    const orders = [KEYS, [...KEYS].reverse(), [...KEYS.slice(100), ...KEYS.slice(0, 100)]];
    const ended = await Promise.all(orders.map((keys) => runChild(script, [options, JSON.stringify(keys), start])));
    const said = ended.map(({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as { readonly values: number[]; readonly asked: number[][] };
    });
    for (const [at, { values }] of said.entries()) assert.deepEqual(values, orders[at]!.map((key) => key * 10));
    const sorted = (keys: number[]) => [...keys].sort((a, b) => a - b);
    // Files have no leases, so there each process may have to load a key for itself.
    if (engine !== "files") assert.deepEqual(sorted(said.flatMap(({ asked }) => asked.flat())), KEYS);
    for (const { asked } of said) assert.deepEqual(asked.flat().length, new Set(asked.flat()).size);
  });
}
