import type { Address } from "./address.ts";
import type { Argument, Connection, Hearing, Subscription } from "./connection.ts";
import { LIMIT, withinLimit } from "./time_limit.ts";

/** What is used of Bun's own client. */
export interface BunRedis {
  readonly connected: boolean;
  onclose: ((error: unknown) => void) | null | undefined;
  connect(): Promise<unknown>;
  close(): void;
  send(name: string, args: readonly Argument[]): Promise<unknown>;
  getBuffer(key: string): Promise<Uint8Array | null>;
  duplicate(): Promise<BunRedis>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  ping(): Promise<unknown>;
}

/** The class of Bun's own client. */
export type BunRedisClass = new (url: string, options: unknown) => BunRedis;

/** A connection over Bun's own client. */
export function overBunRedis(client: BunRedis): Connection {
  return {
    native: client,
    get ready() {
      return client.connected;
    },
    send: (name, args) => client.send(name, args),
    readText: (keys) => client.send("MGET", keys) as Promise<(string | null)[]>,
    // Of all its commands, only this one gives bytes (1.4); those of one turn go out together.
    readBytes: (keys) => Promise.all(keys.map((key) => client.getBuffer(key))),
    subscribe: (channel, hearing) => subscribe(client, channel, hearing),
    close: () => client.close(),
  };
}

/** Opens a client that never connects again by itself. It does not keep its process alive. */
export async function connectBunRedis(
  RedisClient: BunRedisClass,
  { url }: Address,
  broke: (error: unknown) => void,
): Promise<Connection> {
  // Without its queue, a refused password looks like a server that hangs up.
  const client = new RedisClient(url, { connectionTimeout: LIMIT, autoReconnect: false, enableOfflineQueue: true });
  client.onclose = broke;
  await withinLimit(client.send("PING", []), () => client.close());
  return overBunRedis(client);
}

/** A client that hears keeps the process alive until it is closed; Bun 1.4 has no `unref` for it. */
async function subscribe(other: BunRedis, channel: string, hearing: Hearing): Promise<Subscription> {
  const client = await other.duplicate();
  client.onclose = hearing.broke;
  const connected = client.connected ? Promise.resolve() : client.connect();
  const subscribed = connected.then(() => client.subscribe(channel, (message) => hearing.heard(message)));
  await withinLimit(subscribed, () => client.close());
  return { ping: () => client.ping(), close: () => client.close() };
}
