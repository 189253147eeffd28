import { createDatabase } from "db0";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import fsLiteDriver from "unstorage/drivers/fs-lite";
import memoryDriver from "unstorage/drivers/memory";
import { fromUnstorage } from "../../engines/adapters.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { fastFolder } from "../engines_here.ts";
import { redisMissing, startRedis } from "../redis_server.ts";

const passes = { accelerators: ["getMany", "setMany", "deleteMany"], injected: true } as const;

engineContract("unstorage over memory", { ...passes, engine: fromUnstorage(createStorage()) });

engineContract("unstorage over memory, of this process alone", {
  ...passes,
  engine: fromUnstorage(createStorage(), { persistent: false, shared: false }),
});

engineContract("unstorage over files", {
  ...passes,
  engine: fromUnstorage(createStorage({ driver: fsDriver({ base: join(fastFolder(), "fs") }) })),
});

engineContract("unstorage over files, lite, kept by one process", {
  ...passes,
  engine: fromUnstorage(createStorage({ driver: fsLiteDriver({ base: join(fastFolder(), "lite") }) }), {
    shared: false,
  }),
});

engineContract("unstorage, a driver for files in its place", {
  ...passes,
  engine: fromUnstorage(fsLiteDriver({ base: join(fastFolder(), "driver") })),
});

engineContract("unstorage over what is mounted elsewhere", {
  ...passes,
  engine: fromUnstorage(createStorage().mount("twat_cache", memoryDriver())),
});

if (process.getBuiltinModule?.("node:sqlite") !== undefined) {
  const [{ default: connect }, { default: driver }] = await Promise.all([
    import("db0/connectors/node-sqlite"),
    import("unstorage/drivers/db0"),
  ]);
  const database = createDatabase(connect({ path: join(fastFolder(), "unstorage.sqlite") }));
  after(() => database.dispose());
  // Each row is a transaction of its own; without waiting for the disk this takes seconds, not minutes.
  await database.exec("PRAGMA journal_mode = WAL");
  await database.exec("PRAGMA synchronous = OFF");
  engineContract("unstorage over SQLite", {
    ...passes,
    engine: fromUnstorage(createStorage({ driver: driver({ database }) })),
  });
} else test("unstorage over SQLite passes the contract", { skip: "this runtime has no node:sqlite" }, () => {});

if (redisMissing === undefined) {
  const { default: driver } = await import("unstorage/drivers/redis");
  const server = await startRedis();
  const storage = createStorage({ driver: driver({ url: server.url, base: "app" }) });
  const alone = driver({ url: server.url, base: "alone" });
  after(async () => {
    await storage.dispose();
    await alone.dispose?.();
    await server.close();
  });
  engineContract("unstorage over Redis", { ...passes, engine: fromUnstorage(storage, { remote: true }) });
  engineContract("unstorage, a driver for Redis in its place", {
    ...passes,
    engine: fromUnstorage(alone, { remote: true }),
  });
} else test("unstorage over Redis passes the contract", { skip: redisMissing }, () => {});
