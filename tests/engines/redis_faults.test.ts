import assert from "node:assert/strict";
import { createServer as createWebServer } from "node:http";
import { createServer, type Server } from "node:net";
import process from "node:process";
import { after, describe, it, test } from "node:test";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { redis, type RedisClient, redisEngine } from "../../engines/redis.ts";
import type { Engine } from "../../src/contract/engine.ts";
import type { Body } from "../../src/contract/entry.ts";
import type { AsyncStore, News } from "../../src/contract/store.ts";
import { collectGarbage } from "../collect_garbage.ts";
import { until } from "../contract/patience.ts";
import { unbounded } from "../contract/subject.ts";
import { entryFor } from "../redis_entry.ts";
import { freePort, redisMissing, type RedisServer, startRedis } from "../redis_server.ts";
import { Soon } from "../soon.ts";

const unreachable = { name: "EngineError", code: "ERR_CACHE_ENGINE_UNREACHABLE" };
const options = { directory: "", folderName: "faults", secure: true, bounds: unbounded };
const open = async (engine: Engine, url?: string) => await engine.open({ ...options, url }) as AsyncStore<Body>;

describe("redis without a server that serves", () => {
  it("probe() says what to set when url is missing or no address, and shows no password", () => {
    const probe = (url?: string) => redis.probe(globalThis as never, { directory: "", url });
    assert.match(`${probe()}`, /^no server is named; set url to its address, such as "redis:/);
    for (const url of ["", "localhost", "http://localhost:6379", "redis://", "redis://u:secret@h:99999", "::"]) {
      const reason = probe(url);
      assert.match(`${reason}`, /set (it|url) to /, url);
      assert.doesNotMatch(`${reason}`, /secret/);
    }
    assert.match(`${probe("redis://localhost/main")}`, /names the database "main"; set the number/);
    for (const url of ["redis://h", "rediss://u:p%40@h:1/2", "valkey://[::1]:7000", "redis://:p@h", "valkeys://h/0"]) {
      assert.equal(probe(url), true, url);
    }
  });

  it("open() rejects with what to set when url is no address", async () => {
    await assert.rejects(() => open(redis, "localhost"), {
      name: "EngineNotAvailableError",
      message: /Cannot open engine "redis": url is no address of a server; set it to something like "redis:/,
    });
  });

  it("open() rejects soon, with what to set, when nothing or no Redis server listens", async () => {
    const web = createWebServer((_, response) => response.end("hello"));
    const mute = createServer(() => {});
    const listening = async (server: Server) => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return (server.address() as { port: number }).port;
    };
    const ports = { nobody: await freePort(), web: await listening(web), mute: await listening(mute) };
    try {
      for (const [name, port] of Object.entries(ports)) {
        const soon = new Soon();
        await assert.rejects(() => open(redis, `redis://ada:secret@127.0.0.1:${port}/3`), (error: Error) => {
          assert.equal((error as { code?: string }).code, unreachable.code, name);
          assert.match(error.message, /Cannot open engine "redis" at "redis:\/\/127.0.0.1:\d+\/3": .* set url to/);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        });
        soon.within(1_800);
      }
    } finally {
      web.close();
      mute.close();
    }
  });
});

if (redisMissing !== undefined) test("redis stands faults of its server", { skip: redisMissing }, () => {});
else {
  describe("redis with a server that refuses", () => {
    it("open() rejects with what to set when user, password or database are wrong, and opens when they are right", async () => {
      const server = await startRedis("--requirepass", "se:same/");
      const { port } = server;
      try {
        await server.ask("PING");
        const refused = ["", ":wrong@", "ada:se%3Asame%2F@", "default:wrong@"];
        for (const login of refused) {
          await assert.rejects(() => open(redis, `redis://${login}127.0.0.1:${port}`), {
            name: "EngineError",
            code: "ERR_CACHE_ENGINE_NOT_PERMITTED",
            message: /the server does not permit it .*set user and password in url, as in "redis:\/\/user:password@/,
          }, login);
        }
        await assert.rejects(() => open(redis, `redis://:se%3Asame%2F@127.0.0.1:${port}/99`), {
          name: "EngineError",
          code: "ERR_CACHE_ENGINE",
          message: /the server has no such database \(.*\); set the number at the end of url/,
        });
        for (const login of [":se%3Asame%2F@", "default:se%3Asame%2F@"]) {
          const store = await open(redis, `redis://${login}127.0.0.1:${port}/3`);
          const heard: News[] = [];
          store.watch!((news) => heard.push(news));
          await until(() => heard.includes("live"), "it hears");
          await store.set("s/a", entryFor("x"));
          assert.equal((await store.get("s/a"))?.body, "x");
          await store.close();
        }
      } finally {
        await server.close();
      }
    });

    it("every method works when the user has just the rights that the documentation names", async () => {
      const server = await startRedis();
      try {
        const rights = ["~twat:*", "&twat:*", "+@read", "+@write", "+@scripting", "+@pubsub", "+@connection"];
        await server.ask("ACL", "SETUSER", "ada", "on", ">secret", ...rights);
        const store = await open(redis, `redis://ada:secret@127.0.0.1:${server.port}`);
        const heard: News[] = [];
        store.watch!((news) => heard.push(news));
        await until(() => heard.includes("live"), "it hears");
        await store.setMany!([["s/a", entryFor("x")], ["s/b", entryFor(Uint8Array.of(255))]]);
        assert.equal((await store.getMany!(["s/a", "s/b"])).length, 2);
        assert.equal(await store.lease!({ key: "s/c", owner: "me" }, 1_000), true);
        assert.equal(await store.commit!([{ key: "s/c", entry: entryFor("y") }], { key: "s/c", owner: "me" }), true);
        await store.release!({ key: "s/c", owner: "me" });
        assert.equal((await store.usage("")).entries, 3);
        assert.equal(await store.delete("s/a"), true);
        assert.equal(await store.sweep!("", Infinity), 2);
        assert.equal(await store.clear(""), 0);
        await store.close();
      } finally {
        await server.close();
      }
    });

    it("set() rejects as not permitted, full or read-only when the server says so, and get() goes on", async () => {
      const server = await startRedis();
      try {
        await server.ask(
          "ACL",
          "SETUSER",
          "reader",
          "on",
          ">r",
          "~twat:*",
          "&twat:*",
          "+@read",
          "+@connection",
          "+@scripting",
        );
        const store = await open(redis, server.url);
        await store.set("s/a", entryFor("x"));
        const reader = await open(redis, `redis://reader:r@127.0.0.1:${server.port}`);
        assert.equal((await reader.get("s/a"))?.body, "x");
        await assert.rejects(async () => await reader.set("s/a", entryFor("y")), {
          code: "ERR_CACHE_ENGINE_NOT_PERMITTED",
        });
        await reader.close();
        await server.ask("CONFIG", "SET", "maxmemory", "1");
        await assert.rejects(async () => await store.set("s/b", entryFor("y")), { code: "ERR_CACHE_ENGINE_FULL" });
        assert.equal((await store.get("s/a"))?.body, "x");
        assert.equal(await store.delete("s/a"), true, "there can be room again");
        await server.ask("CONFIG", "SET", "maxmemory", "0");
        await server.ask("REPLICAOF", "127.0.0.1", `${await freePort()}`);
        await assert.rejects(async () => await store.set("s/b", entryFor("y")), { code: "ERR_CACHE_ENGINE_READ_ONLY" });
        await server.ask("REPLICAOF", "NO", "ONE");
        await store.set("s/b", entryFor("y"));
        await store.close();
      } finally {
        await server.close();
      }
    });
  });

  const server: RedisServer = await startRedis();
  after(() => server.close());
  const nodeRedis = createClient({ url: server.url, socket: { reconnectStrategy: 50 } });
  nodeRedis.on("error", () => {});
  await nodeRedis.connect();
  const ioRedis = new Redis(server.url, { retryStrategy: () => 50 });
  ioRedis.on("error", () => {});
  type BunRedisClient = new (url: string) => RedisClient & { close(): void; connect(): Promise<unknown> };
  const { RedisClient } = (globalThis as { Bun?: { RedisClient?: BunRedisClient } }).Bun ?? {};
  const bunRedis = RedisClient && new RedisClient(server.url);
  after(() => {
    nodeRedis.destroy();
    ioRedis.disconnect();
    bunRedis?.close();
  });
  const engines: Readonly<Record<string, Engine>> = {
    "by url": redisEngine({ url: server.url }),
    "with a client of redis": redisEngine({ client: nodeRedis }),
    "with a client of ioredis": redisEngine({ client: ioRedis }),
    ...(bunRedis && { "with a client of Bun": redisEngine({ client: bunRedis }) }),
  };

  for (const [name, engine] of Object.entries(engines)) {
    describe(`redis ${name}, whose server dies or freezes`, () => {
      it(
        "rejects what is under way and what comes at once when it is killed, and serves within two seconds of a restart",
        { timeout: 60_000 },
        async () => {
          const store = await open(engine);
          const heard: News[] = [];
          store.watch!((news) => heard.push(news));
          await store.set("s/a", entryFor("x"));
          await until(() => heard.includes("live"), "it hears");
          const load = underLoad(store);
          await until(() => load.answers > 20, "there is load");
          const dead = new Soon();
          await server.kill();
          await until(() => load.errors > 20, "calls fail");
          await until(() => heard.at(-1) === "lost", "it says that it hears nothing");
          dead.within(1_800, load.slowest);
          assert.deepEqual([...load.codes], [unreachable.code]);
          await server.restart();
          const restarted = new Soon();
          const before = load.answers;
          await until(() => load.answers > before + 20, "it serves again");
          restarted.within(2_000);
          await until(() => heard.at(-1) === "live", "it hears again");
          restarted.within(4_000);
          await load.stop();
          assert.equal(await store.get("s/a"), undefined, "the server has forgotten everything");
          await store.set("s/a", entryFor("y"));
          assert.equal((await store.get("s/a"))?.body, "y");
          assert.equal((await store.usage("s/")).entries, await store.get("s/load") ? 2 : 1);
          await store.clear("");
          await store.close();
        },
      );

      it("rejects within bounds and keeps little when it is frozen, and serves soon after it goes on", {
        timeout: 60_000,
      }, async () => {
        const store = await open(engine);
        const heard: News[] = [];
        store.watch!((news) => heard.push(news));
        await store.set("s/a", entryFor("x"));
        await until(() => heard.at(-1) === "live", "it hears");
        const codes = new Set<unknown>();
        let slowest = 0;
        const call = async (n: number) => {
          const start = performance.now();
          try {
            await (n % 2 ? store.get(`s/${n}`) : store.set(`s/${n}`, entryFor("z")));
          } catch (error) {
            codes.add((error as { code?: unknown }).code);
          }
          slowest = Math.max(slowest, performance.now() - start);
        };
        const kept = async () => {
          await collectGarbage();
          const { heapUsed, external } = process.memoryUsage();
          return heapUsed + external;
        };
        const before = await kept();
        const frozen = new Soon();
        server.freeze();
        try {
          const calls: Promise<void>[] = [];
          for (let n = 0; n < 20_000; n += 200) {
            for (let at = 0; at < 200; at++) calls.push(call(n + at));
            await pause(20);
          }
          await Promise.all(calls.splice(0));
          const growth = (await kept() - before) / 1e6;
          assert.ok(growth <= 5, `${growth} MB more`);
          await until(() => heard.at(-1) === "lost", "it says that it hears nothing");
          assert.deepEqual([...codes], [unreachable.code]);
          frozen.within(4_000, slowest);
        } finally {
          server.thaw();
        }
        const thawed = new Soon();
        await until(() => has(store, "s/a"), "it serves again");
        thawed.within(2_000);
        await until(() => heard.at(-1) === "live", "it hears again");
        assert.deepEqual(new Set(heard.filter((news) => typeof news === "string")), new Set(["live", "lost"]));
        await store.clear("");
        await store.close();
      });
    });
  }

  describe("redis by url, in the details", () => {
    it("watch() says that it hears nothing as long as nothing can be heard", async () => {
      const store = await open(redis, server.url);
      await server.kill();
      const heard: News[] = [];
      const stop = store.watch!((news) => heard.push(news));
      await until(() => heard.length > 0, "it says what it hears");
      assert.deepEqual(heard, ["lost"]);
      await server.restart();
      await until(() => heard.at(-1) === "live", "it hears");
      assert.deepEqual(heard, ["lost", "live"]);
      stop();
      await store.close();
    });

    it("close() ends what is under way when the server is frozen", async () => {
      const store = await open(redis, server.url);
      server.freeze();
      try {
        const calls = [store.get("s/a"), store.set("s/a", entryFor("x")), store.usage("")];
        const ends = Promise.allSettled(calls);
        await pause(20);
        const soon = new Soon();
        await store.close();
        assert.deepEqual((await ends).map(({ status }) => status), ["rejected", "rejected", "rejected"]);
        soon.within(500);
      } finally {
        server.thaw();
      }
    });

    it("set() works on when the server forgets its programs, or loses its connections", async () => {
      const store = await open(redis, server.url);
      await store.clear("");
      await server.ask("SCRIPT", "FLUSH");
      await Promise.all([1, 2, 3].map((n) => store.set(`s/${n}`, entryFor(`${n}`))));
      assert.equal((await store.usage("s/")).entries, 3);
      await server.ask("CLIENT", "KILL", "TYPE", "normal");
      await until(() => has(store, "s/2"), "it is connected again");
      await store.clear("");
      await store.close();
    });
  });
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

/** Whether a store serves an entry; no when it fails. */
async function has(store: AsyncStore<Body>, key: string): Promise<boolean> {
  try {
    return await store.get(key) !== undefined;
  } catch {
    return false;
  }
}

/** Asks a store without end, some calls at a time, and notes how it goes. */
function underLoad(store: AsyncStore<Body>) {
  const load = { answers: 0, errors: 0, slowest: 0, codes: new Set<unknown>(), stop: () => Promise.resolve() };
  let going = true;
  const one = async (n: number) => {
    while (going) {
      const start = performance.now();
      try {
        await (n % 2 ? store.get("s/load") : store.set("s/load", entryFor("load")));
        load.answers++;
      } catch (error) {
        load.errors++;
        load.codes.add((error as { code?: unknown }).code);
      }
      load.slowest = Math.max(load.slowest, performance.now() - start);
      await pause(5);
    }
  };
  const all = Promise.all(Array.from({ length: 8 }, (_, n) => one(n)));
  load.stop = async () => {
    going = false;
    await all;
  };
  return load;
}
