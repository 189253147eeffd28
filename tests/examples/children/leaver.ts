import process from "node:process";
import { acache, bcache, CacheContext, engines, fcache, mcache } from "../../../mod.ts";

/** Uses every engine, closes none, and says when it was done: `leaver.ts <cacheDir>`. */
const cacheDir = process.argv[2]!;
const double = mcache((x: number) => x * 2, { ttl: "1h" });
for (let x = 0; x < 1_000; x++) double(x % 10);
await bcache((x: number) => x, { name: "b", cacheDir })(1);
await fcache((x: number) => x, { name: "f", cacheDir })(1);
for (const { name, available } of engines.available({ cacheDir })) {
  if (available) await acache((x: number) => Promise.resolve(x), { name, engine: name })(1);
}
await (await CacheContext.open({ cacheDir, folderName: "left-open" })).set("k", 1);
process.stdout.write(String(Date.now()));
