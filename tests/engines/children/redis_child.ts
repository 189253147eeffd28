/** What the tests of redis do in a process of its own: `task url …`. */
import process from "node:process";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { connectIoRedis } from "../../../engines/redis/ioredis.ts";
import { connectNodeRedis } from "../../../engines/redis/node_redis.ts";
import { openRedis } from "../../../engines/redis/open.ts";
import { redis } from "../../../engines/redis.ts";
import type { Body } from "../../../src/contract/entry.ts";
import type { AsyncStore } from "../../../src/contract/store.ts";
import { unbounded } from "../../contract/subject.ts";
import { entryFor } from "../../redis_entry.ts";

const [task, url, ...rest] = process.argv.slice(2);
const options = { directory: "", folderName: "processes", secure: true, bounds: unbounded, url };

/** Opens a store. Many processes that start at once on a loaded machine may want more time than the engine has. */
async function open(folderName = options.folderName): Promise<AsyncStore<Body>> {
  for (let tries = 0;; tries++) {
    try {
      return await redis.open({ ...options, folderName }) as AsyncStore<Body>;
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}
/** Opens a store over one of the packages, or over what there is here. */
async function openOver(client: string | undefined): Promise<AsyncStore<Body>> {
  const address = { prefix: "twat:", url };
  switch (client) {
    case "redis":
      return await openRedis(
        { ...address, connect: (...at) => connectNodeRedis({ createClient } as never, ...at) },
        options,
      );
    case "ioredis":
      return await openRedis({ ...address, connect: (...at) => connectIoRedis({ Redis } as never, ...at) }, options);
    default:
      return await open();
  }
}

const strikes = (at: number) => new Promise<void>((resolve) => void setTimeout(resolve, at - Date.now()));

const tasks: Readonly<Record<string, () => Promise<void>>> = {
  /** Adds one to a number many times, together with other processes. */
  async increment() {
    const store = await open();
    for (let step = 0; step < Number(rest[0]);) {
      const found = await store.get("s/counter");
      const entry = entryFor(`${Number(found?.body ?? 0) + 1}`, {
        storedAt: performance.timeOrigin + performance.now(),
      });
      if (await store.commit!([{ key: "s/counter", entry, found: found?.storedAt ?? "absent" }])) step++;
    }
    await store.close();
  },
  /** Asks for one lease after another, each when the clock strikes, and says which it was given. */
  async race() {
    const [rounds, start, pace] = rest.map(Number) as [number, number, number];
    const store = await open();
    const won: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await strikes(start + round * pace);
      if (await store.lease!({ key: `s/${round}`, owner: `${process.pid}` }, 60_000)) won.push(round);
    }
    console.log(JSON.stringify(won));
    await store.close();
  },
  /** Takes a lease and never gives it back. */
  async hold() {
    const store = await open();
    if (await store.lease!({ key: "s/held", owner: "dead" }, Number(rest[0]))) console.log("held");
    setInterval(() => {}, 1_000);
  },
  /** Changes entries in every way. */
  async change() {
    const store = await open();
    await store.set("s/set", entryFor("x"));
    await store.delete("s/deleted");
    await store.clear("cleared/");
    await store.close();
  },
  /** Answers each change of one entry with a change of another, in a folder that is named. */
  async echo() {
    const store = await open(rest[0]);
    store.watch!((news) => {
      if (news === "live") console.log("listening");
      else if (typeof news === "object" && "keys" in news && news.keys.includes("s/ping")) {
        store.set("s/pong", entryFor("x"));
      }
    });
    setInterval(() => {}, 1_000);
  },
  /** Uses a store until its server is gone, and never closes it. */
  async outlive() {
    const store = await openOver(rest[0]);
    const alive = setInterval(() => {}, 1_000);
    store.watch!((news) => {
      if (news === "live") console.log("live");
      else if (news === "lost") {
        clearInterval(alive);
        console.log(`left at ${Date.now()};`);
      }
    });
    await store.set("s/a", entryFor("x"));
  },
  /** Uses a store in every way, and never closes it. */
  async leave() {
    const store = await openOver(rest[0]);
    await new Promise<void>((resolve) => store.watch!((news) => news === "live" && resolve()));
    await store.set("s/a", entryFor("x"));
    if ((await store.get("s/a"))?.body !== "x") throw new Error("it does not serve");
    // The last answer is awaited although no socket keeps the process alive.
    await store.usage("");
    console.log(`left at ${Date.now()};`);
  },
};

await tasks[task!]!();
