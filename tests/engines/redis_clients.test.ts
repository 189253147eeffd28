import assert from "node:assert/strict";
import { after, describe, it, test } from "node:test";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { connectIoRedis } from "../../engines/redis/ioredis.ts";
import { connectNodeRedis } from "../../engines/redis/node_redis.ts";
import { openRedis } from "../../engines/redis/open.ts";
import type { Connect } from "../../engines/redis/own_client.ts";
import { redis, type RedisClient, redisEngine } from "../../engines/redis.ts";
import type { Engine } from "../../src/contract/engine.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { until } from "../contract/patience.ts";
import { unbounded } from "../contract/subject.ts";
import { entryFor, redisAccelerators } from "../redis_entry.ts";
import { freePort, redisMissing, startRedis } from "../redis_server.ts";
import { Soon } from "../soon.ts";

/** Bun's own client, where there is one. */
type BunRedisClient = new (url: string) => RedisClient & { close(): void; connect(): Promise<unknown> };
const { RedisClient: BunRedis } = (globalThis as { Bun?: { RedisClient?: BunRedisClient } }).Bun ?? {};

if (redisMissing !== undefined) test("redis works over each client", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  const open = { url: server.url };

  /** The engine as it is where only one of the packages is installed. */
  const withPackage = (connect: Connect): Engine => ({
    ...redis,
    open: (options) => openRedis({ url: options.url, prefix: "twat:", connect }, options),
  });
  const packages: Record<string, Engine> = {
    redis: withPackage((address, broke) => connectNodeRedis({ createClient } as never, address, broke)),
    ioredis: withPackage((address, broke) => connectIoRedis({ Redis } as never, address, broke)),
  };
  for (const [name, engine] of Object.entries(packages)) {
    engineContract(`redis by url, over the package ${name}`, { engine, open, accelerators: redisAccelerators });

    describe(`redis by url, over the package ${name}, when something is wrong`, () => {
      it("open() tells a refusal of the server from a server that does not answer", async () => {
        const guarded = await startRedis("--requirepass", "right");
        try {
          const codes: Record<string, string> = {
            [`redis://127.0.0.1:${guarded.port}`]: "ERR_CACHE_ENGINE_NOT_PERMITTED",
            [`redis://:wrong@127.0.0.1:${guarded.port}`]: "ERR_CACHE_ENGINE_NOT_PERMITTED",
            [`redis://:right@127.0.0.1:${guarded.port}/99`]: "ERR_CACHE_ENGINE",
            [`redis://127.0.0.1:${await freePort()}`]: "ERR_CACHE_ENGINE_UNREACHABLE",
          };
          for (const [url, code] of Object.entries(codes)) {
            const opened = async () => await engine.open({ directory: "", secure: true, bounds: unbounded, url });
            await assert.rejects(opened, { name: "EngineError", code }, url);
          }
        } finally {
          await guarded.close();
        }
      });

      it("a store connects again when its server was killed and is back", async () => {
        const mortal = await startRedis();
        try {
          const store = await engine.open({ directory: "", secure: true, bounds: unbounded, url: mortal.url });
          await store.set("s/a", entryFor("x"));
          await mortal.kill();
          await assert.rejects(async () => await store.get("s/a"), { code: "ERR_CACHE_ENGINE_UNREACHABLE" });
          await mortal.restart();
          const soon = new Soon();
          await until(async () => {
            try {
              return await store.set("s/a", entryFor("y")) === undefined;
            } catch {
              return false;
            }
          }, "it serves again");
          soon.within(2_000);
          await store.close();
        } finally {
          await mortal.close();
        }
      });
    });
  }

  const nodeRedis = await createClient(open).connect();
  const ioRedis = new Redis(server.url);
  const pipelining = new Redis(server.url, { enableAutoPipelining: true });
  const bunRedis = BunRedis && new BunRedis(server.url);
  after(async () => {
    nodeRedis.destroy();
    ioRedis.disconnect();
    pipelining.disconnect();
    bunRedis?.close();
    await server.close();
  });
  const clients: Record<string, RedisClient> = {
    "a client of redis": nodeRedis,
    "a client of ioredis": ioRedis,
    "a client of ioredis that pipelines by itself": pipelining,
    ...(bunRedis && { "a client of Bun": bunRedis }),
  };

  for (const [name, client] of Object.entries(clients)) {
    engineContract(`redis with ${name}`, {
      engine: redisEngine({ client }),
      injected: true,
      accelerators: redisAccelerators,
    });
  }

  describe("redis with a client that was given", () => {
    for (const [name, client] of Object.entries(clients)) {
      it(`close() leaves ${name} open, and two stores may have it`, async () => {
        const engine = redisEngine({ client });
        const options = { directory: "", folderName: "two", secure: true, bounds: unbounded };
        const [first, second] = [await engine.open(options), await engine.open(options)];
        assert.equal(first.native, client);
        await first.set("s/a", entryFor("kept"));
        await first.close();
        assert.equal((await second.get("s/a"))?.body, "kept");
        await second.close();
        const third = await engine.open(options);
        assert.equal(await third.clear(""), 1);
        await third.close();
      });
    }

    it("open() rejects with what to do when what was given is no client, or one that is not connected", async () => {
      const options = { directory: "", secure: true, bounds: unbounded };
      const code = "ERR_CACHE_ENGINE_UNREACHABLE";
      await assert.rejects(async () => await redisEngine({ client: {} as RedisClient }).open(options), {
        name: "EngineError",
        code,
        message: /Cannot open engine "redis" with the client given: .*it is no client of redis, ioredis or Bun/,
      });
      const idle = createClient(open);
      await assert.rejects(async () => await redisEngine({ client: idle }).open(options), {
        name: "EngineError",
        code,
        message: /it is not connected\); await its connect\(\) before/,
      });
    });

    it("open() waits for a client that is still connecting", async () => {
      const options = { directory: "", secure: true, bounds: unbounded };
      for (const settings of [{}, { enableOfflineQueue: false }, { lazyConnect: true }]) {
        const client = new Redis(server.url, settings);
        const store = await redisEngine({ client }).open(options);
        assert.equal(await store.get("s/none"), undefined);
        await store.close();
        client.disconnect();
      }
    });

    it("a client whose errors nobody listens to does not end the process when its server is gone", async () => {
      const mortal = await startRedis();
      const client = await createClient({ url: mortal.url, socket: { reconnectStrategy: false } }).connect();
      const store = await redisEngine({ client }).open({ directory: "", secure: true, bounds: unbounded });
      await mortal.close();
      await assert.rejects(async () => await store.get("s/a"), {
        code: "ERR_CACHE_ENGINE_UNREACHABLE",
        message: /Cannot read from /,
      });
      client.destroy();
      await store.close();
    });

    it("the keys of a client keep their prefix when it has one", async () => {
      const client = new Redis(server.url, { keyPrefix: "mine:" });
      const options = { directory: "", folderName: "prefixed", secure: true, bounds: unbounded };
      const store = await redisEngine({ client, prefix: "cache:" }).open(options);
      const other = await redisEngine({ client, prefix: "cache:" }).open(options);
      const heard: unknown[] = [];
      other.watch!((news) => heard.push(news));
      await until(() => heard.includes("live"), "it hears");
      await store.set("s/a", entryFor("x"));
      await until(() => heard.length > 1, "it has heard");
      assert.deepEqual(heard, ["live", { keys: ["s/a"] }]);
      await other.close();
      assert.equal((await store.get("s/a"))?.body, "x");
      assert.match(await server.ask("EXISTS", "mine:cache:{prefixed}:entry:s/a"), /:1/);
      assert.equal(await store.clear(""), 1);
      await store.close();
      client.disconnect();
    });
  });
}
