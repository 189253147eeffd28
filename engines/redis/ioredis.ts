import type { Address } from "./address.ts";
import { bufferer, type Connection, type Hearing, type Subscription } from "./connection.ts";
import { isRefusal } from "./engine_error.ts";
import { LIMIT, withinLimit } from "./time_limit.ts";

/** What is used of a client of the package ioredis, versions 5 and 6. */
export interface IoRedis {
  readonly status: string;
  readonly stream?: { ref?(): void; unref?(): void };
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): void;
  call(name: string, ...args: (string | Uint8Array)[]): Promise<unknown>;
  mgetBuffer(...keys: readonly string[]): Promise<unknown>;
  duplicate(options: unknown): IoRedis;
  subscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
}

/** What is used of the package. */
export interface IoRedisPackage {
  readonly Redis: new (url: string, options: unknown) => IoRedis;
}

/** Never connects again by itself, and keeps nothing until there is a connection. */
const once = {
  lazyConnect: true,
  retryStrategy: null,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: null,
  protocol: 2,
  // It waits so long for a socket to end, and keeps the process alive meanwhile.
  disconnectTimeout: 10,
};

/** A connection over a client of the package ioredis. */
export function overIoRedis(client: IoRedis): Connection {
  const buffered = bufferer();
  return {
    native: client,
    get ready() {
      return client.status === "ready";
    },
    send: (name, args) => client.call(name, ...buffered(args)),
    readText: (keys) => client.call("MGET", ...keys) as Promise<(string | null)[]>,
    // Its `callBuffer` loses the name of the command where `enableAutoPipelining` is on (6.0).
    readBytes: (keys) => client.mgetBuffer(...keys) as Promise<(Uint8Array | null)[]>,
    subscribe: (channel, hearing) => subscribe(client.duplicate(once), channel, hearing),
    close: () => end(client),
  };
}

/** Opens a client that never connects again by itself. It does not keep its process alive. */
export async function connectIoRedis(
  { Redis }: IoRedisPackage,
  { url }: Address,
  broke: (error: unknown) => void,
): Promise<Connection> {
  const client = new Redis(url, { ...once, connectTimeout: LIMIT });
  await connected(client, broke);
  return overIoRedis(client);
}

async function subscribe(client: IoRedis, channel: string, hearing: Hearing): Promise<Subscription> {
  client.on("message", (_, message) => hearing.heard(String(message)));
  await connected(client, hearing.broke);
  await withinLimit(client.subscribe(channel), () => end(client));
  return { ping: () => client.ping(), close: () => end(client) };
}

async function connected(client: IoRedis, broke: (error: unknown) => void): Promise<void> {
  // What went wrong is told by events, a refusal of the server among others; the promise says only that it is closed.
  let reason: unknown;
  client.on("error", (error) => reason = reason === undefined || isRefusal(error) ? error : reason);
  client.on("end", () => broke(reason));
  try {
    // Version 5 says that it is connected before it knows whether the password is right.
    await withinLimit(client.connect().then(() => client.ping()), () => end(client));
  } catch (error) {
    throw reason ?? error;
  }
  client.stream?.unref?.();
}

/** Ends a client. One that has ended would wait for its socket once more. */
function end(client: IoRedis): void {
  if (client.status !== "end") client.disconnect();
}
