/**
 * The redis engine against the clients as they come, on a server that is started for it.
 *
 * A hundred entries of 100 bytes are read at once, as a hundred requests that are served together would; the time is that
 * until the last is there. The clients do it with a `get` each and give text, the engine gives entries. To be told of a change,
 * there and back: an entry is set here, another process hears of it and sets another, which is heard here.
 */
import process from "node:process";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { redis } from "../engines/redis.ts";
import type { Body, Entry } from "../src/contract/entry.ts";
import type { AsyncStore } from "../src/contract/store.ts";
import { startChild } from "../tests/child.ts";
import { redisMissing, startRedis } from "../tests/redis_server.ts";
import { measure, report, type Row } from "./harness.ts";

const AT_ONCE = 100;
const body = JSON.stringify({
  id: 1_000_000,
  name: "Ada Lovelace",
  roles: ["admin", "editor"],
  active: true,
  score: 0.875,
});
const hour = 3_600_000;

function entry(): Entry<Body> {
  const storedAt = Date.now();
  const instants = { storedAt, freshUntil: storedAt + hour, goneAt: storedAt + hour };
  return { body, form: "1:json", checksum: 1234567890, ...instants, cost: 1.5, size: 100, tags: [], label: "bench" };
}

async function open(url: string): Promise<AsyncStore<Body>> {
  const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
  return await redis.open({ directory: "", folderName: "bench", secure: true, bounds, url }) as AsyncStore<Body>;
}

/** Reads all keys at once, so many times over. */
function together(keys: readonly string[], get: (key: string) => unknown): Row["work"] {
  return async (times) => {
    let absent = 0;
    for (let at = 0; at < times; at++) {
      const found = await Promise.all(keys.map(get));
      if (found.includes(undefined) || found.includes(null)) absent++;
    }
    if (absent > 0) throw new Error(`Cannot judge reads: ${absent} found nothing; look at the server`);
    return absent;
  };
}

async function reads(url: string): Promise<Row[]> {
  const keys = Array.from({ length: AT_ONCE }, (_, n) => `bench/call-${`${n}`.padStart(32, "0")}`);
  const store = await open(url);
  const [nodeRedis, ioRedis] = [await createClient({ url }).connect(), new Redis(url)];
  closers.push(() => store.close(), () => nodeRedis.destroy(), () => ioRedis.disconnect());
  await store.setMany!(keys.map((key) => [key, entry()] as const));
  await Promise.all(keys.map((key) => nodeRedis.set(key, body)));
  return [
    { name: `ioredis, ${AT_ONCE} gets at once`, work: together(keys, (key) => ioRedis.get(key)) },
    { name: `node-redis, ${AT_ONCE} gets at once`, work: together(keys, (key) => nodeRedis.get(key)) },
    {
      name: `P12 get(), ${AT_ONCE} at once`,
      work: together(keys, (key) => store.get(key)),
      fasterThan: { [`ioredis, ${AT_ONCE} gets at once`]: 3 },
    },
    { name: "ioredis, one get", work: together(keys.slice(0, 1), (key) => ioRedis.get(key)) },
    { name: "get(), one", work: together(keys.slice(0, 1), (key) => store.get(key)), floor: "ioredis, one get" },
    {
      name: "set(), one",
      work: together(keys.slice(0, 1), async (key) => (await store.set(key, entry()), true)),
      floor: "ioredis, one get",
    },
  ];
}

async function news(url: string): Promise<Row[]> {
  const store = await open(url);
  const { process: child, said } = startChild(new URL("../tests/engines/children/redis_child.ts", import.meta.url), [
    "echo",
    url,
    "bench",
  ]);
  closers.push(() => store.close(), () => void child.kill("SIGKILL"));
  await said("listening");
  let heard: (() => void) | undefined;
  await new Promise<void>((resolve) => {
    store.watch!((news) => {
      if (news === "live") resolve();
      else if (typeof news === "object" && "keys" in news && news.keys.includes("s/pong")) heard?.();
    });
  });
  const work = (change: () => unknown): Row["work"] => async (times) => {
    for (let at = 0; at < times; at++) await change();
    return times;
  };
  return [
    { name: "waiting for 10 ms", work: work(() => new Promise<void>((resolve) => void setTimeout(resolve, 10))) },
    {
      name: "P12 news of a change, there and back",
      work: work(() =>
        new Promise<void>((resolve) => {
          heard = resolve;
          store.set("s/ping", entry());
        })
      ),
      floor: "waiting for 10 ms",
      atMost: 1,
    },
  ];
}

const closers: (() => unknown)[] = [];

if (import.meta.main) {
  if (redisMissing !== undefined) throw new Error(`Cannot bench redis: ${redisMissing}; install one`);
  const server = await startRedis();
  closers.push(() => server.close());
  const effort = { rounds: 101, slice: 5, warmUp: 500 };
  try {
    report([
      await measure("redis: reads and writes", await reads(server.url), effort),
      await measure("redis: news", await news(server.url), { rounds: 31, slice: 20, warmUp: 100 }),
    ]);
  } finally {
    for (const close of closers.reverse()) await close();
  }
  process.exit();
}
