import { type BunRedis, overBunRedis } from "./bun_redis.ts";
import type { Connection } from "./connection.ts";
import { isRefusal, Unanswered } from "./engine_error.ts";
import { type IoRedis, overIoRedis } from "./ioredis.ts";
import { type NodeRedis, overNodeRedis } from "./node_redis.ts";
import type { Source } from "./source.ts";
import { LIMIT, withinLimit } from "./time_limit.ts";

/** How long to wait before asking once more whether a client is connected, in milliseconds. */
const PAUSE = 20;

/** How often a client that gave up connecting is asked to connect, in milliseconds. */
const RETRY = 500;

const CONNECT = "await its connect() before you give it";

/** Which kind of client something is, told by what it can do. */
export function kindOf(client: object): "bun" | "ioredis" | "node-redis" | undefined {
  const can = (...names: readonly string[]) =>
    names.every((name) => typeof (client as Record<string, unknown>)[name] === "function");
  if (can("mgetBuffer", "call", "duplicate")) return "ioredis";
  // Those of the package redis for clusters and sentinels want to be told more.
  if (can("sendCommand", "duplicate") && (client as NodeRedis).sendCommand.length <= 2) return "node-redis";
  if (can("send", "getBuffer", "duplicate")) return "bun";
}

/** Uses a client that somebody else has opened and will close. Waits until it is connected. */
export async function givenClient(client: object): Promise<Source> {
  const connection = connectionOver(client);
  if ((client as Partial<NodeRedis>).isOpen === false) throw new Unanswered("it is not connected", CONNECT);
  await answers(connection);
  // Without any listener, an error of the package redis ends the process.
  const events = client as { on?(event: string, listener: () => void): void; off?: typeof events.on };
  events.on?.("error", ignore);
  let retriedAt = -Infinity;
  return {
    where: "the server of the client given",
    get connection() {
      if (connection.ready) return connection;
      const now = performance.now();
      if (kindOf(client) === "bun" && now - retriedAt > RETRY) {
        // Bun's client gives up after some attempts, and stays unconnected for good unless it is told to connect (1.4).
        retriedAt = now;
        (client as BunRedis).connect().then(undefined, () => {});
      }
      return undefined;
    },
    get failure() {
      return new Unanswered("the client is not connected", "see to the server, and to the client");
    },
    silent() {},
    subscribe: (channel, hearing) => connection.subscribe(channel, hearing),
    close: () => events.off?.("error", ignore),
  };
}

function connectionOver(client: object): Connection {
  switch (kindOf(client)) {
    case "bun":
      return overBunRedis(client as BunRedis);
    case "ioredis":
      return overIoRedis(client as IoRedis);
    case "node-redis":
      return overNodeRedis(client as NodeRedis);
    case undefined:
      throw new Unanswered("it is no client of redis, ioredis or Bun for one server", "give one, or an url");
  }
}

/** Waits for an answer. A client that is still connecting refuses commands, or keeps them until it is connected. */
async function answers(connection: Connection): Promise<void> {
  const end = performance.now() + LIMIT;
  for (;;) {
    try {
      await withinLimit(connection.send("PING", []), ignore);
      return;
    } catch (error) {
      if (performance.now() >= end || isRefusal(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function ignore(): void {}
