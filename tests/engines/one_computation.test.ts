import { after } from "node:test";
import { enginesHere } from "../engines_here.ts";
import { redisMissing, type RedisServer, startRedis } from "../redis_server.ts";
import { tempFolder } from "../temp_folder.ts";
import { oneComputation } from "./one_computation.ts";

const cacheDir = tempFolder();
let folders = 0;

for (const engine of enginesHere.filter((name) => /sqlite$|^deno_kv$/.test(name))) {
  oneComputation(engine, () => ({ engine, cacheDir, folderName: `once-${++folders}` }));
}

let server: RedisServer | undefined;
after(() => server?.close());
oneComputation("redis", async () => {
  server ??= await startRedis();
  return { url: server.url, engineTimeout: "10s", folderName: `once-${++folders}` };
}, { skip: redisMissing ?? false });
