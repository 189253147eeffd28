import process from "node:process";
import { bcache, CacheContext, fcache, getCachePath, mcache, ucache } from "../../../mod.ts";

/** Uses every decorator with default options, from a working folder of its own: `default_folder.ts <cwd>`. */
process.chdir(process.argv[2]!);
mcache((x: number) => x)(1);
await bcache((x: number) => x, { name: "b" })(1);
await bcache((x: number) => x, { name: "b2", folderName: "mine" })(1);
await fcache((x: number) => x, { name: "f", folderName: "files" })(1);
ucache((x: number) => x, { name: "u", persist: true })(1);
const cache = await CacheContext.open({ folderName: "context" });
await cache.set("k", 1);
await cache.close();
console.log(JSON.stringify([undefined, "mine", "files", "context"].map((name) => getCachePath(name ?? "default"))));
