import type { Globals } from "../../src/contract/engine.ts";
import { EngineNotAvailableError } from "../../src/errors.ts";
import type { Address } from "./address.ts";
import { type BunRedisClass, connectBunRedis } from "./bun_redis.ts";
import type { Connection } from "./connection.ts";
import { connectIoRedis, type IoRedisPackage } from "./ioredis.ts";
import { KeptOpen } from "./kept_open.ts";
import { connectNodeRedis, type NodeRedisPackage } from "./node_redis.ts";
import { hear } from "./hear.ts";
import type { Source } from "./source.ts";
import { withinLimit } from "./time_limit.ts";

/** Opens a client to an address, one that never connects again by itself; `broke` is told when it breaks. */
export type Connect = (address: Address, broke: (reason: unknown) => void) => Promise<Connection>;

/** Opens a client to an address, and a new one whenever it breaks. Rejects when the first does not open. */
export async function ownClient(address: Address, connect: Connect): Promise<Source> {
  const kept = new KeptOpen<Connection>({
    async open(broke) {
      const client = await connect(address, broke);
      const { database } = address;
      const asked = [client.send("PING", []), database === "" ? undefined : client.send("SELECT", [database])];
      await withinLimit(Promise.all(asked), () => client.close());
      return client;
    },
  });
  try {
    await kept.open();
  } catch (error) {
    kept.close();
    throw error;
  }
  return {
    where: `"${address.shown}"`,
    get connection() {
      return kept.current?.ready ? kept.current : undefined;
    },
    get failure() {
      return kept.failure;
    },
    silent: (reason) => kept.broke(reason),
    subscribe: (channel, hearing) => hear(address, channel, hearing),
    close: () => kept.close(),
  };
}

/** The way to connect that there is here: Bun's own client, or the package redis, or ioredis. */
export async function wayToConnect(globals: Globals): Promise<Connect> {
  const { Bun } = globals as { Bun?: { RedisClient?: BunRedisClass } };
  const RedisClient = Bun?.RedisClient;
  if (typeof RedisClient === "function") return (address, broke) => connectBunRedis(RedisClient, address, broke);
  const tried: unknown[] = [];
  try {
    const found = await load("redis") as NodeRedisPackage;
    return (address, broke) => connectNodeRedis(found, address, broke);
  } catch (error) {
    tried.push(error);
  }
  try {
    const found = await load("ioredis") as IoRedisPackage;
    return (address, broke) => connectIoRedis(found, address, broke);
  } catch (error) {
    tried.push(error);
  }
  const reason = "neither the package redis nor ioredis can be loaded (npm install redis)";
  throw new EngineNotAvailableError(`Cannot open engine "redis": ${reason}; install one, or give it a client`, {
    engine: "redis",
    tried: [{ engine: "redis", reason }],
    cause: new AggregateError(tried, "the packages could not be loaded"),
  });
}

/** A package that users install themselves. Its name is a variable, so that bundlers and registries leave it alone. */
async function load(name: string): Promise<unknown> {
  const found = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  return found.createClient ?? found.Redis ? found : found.default;
}
