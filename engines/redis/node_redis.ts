import type { Globals } from "../../src/contract/engine.ts";
import type { Address } from "./address.ts";
import { bufferClass, bufferer, type Connection, type Hearing, type Subscription } from "./connection.ts";
import { LIMIT, withinLimit } from "./time_limit.ts";

/** What is used of a client of the package redis, versions 4 to 6. */
export interface NodeRedis {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  on(event: string, listener: (error?: unknown) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(args: readonly (string | Uint8Array)[], options?: unknown): Promise<unknown>;
  duplicate(): NodeRedis;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  ping(): Promise<unknown>;
  ref(): void;
  unref(): void;
  /** From version 5 on. */
  destroy?(): void;
  /** Until version 4. */
  disconnect?(): Promise<unknown>;
}

/** What is used of the package. */
export interface NodeRedisPackage {
  createClient(options: unknown): NodeRedis;
}

/** A connection over a client of the package redis. */
export function overNodeRedis(client: NodeRedis): Connection {
  const buffered = bufferer();
  // Version 4 knows `returnBuffers`, later ones the type of a bulk string, "$". Their own time limit costs a timer a command.
  const asBytes = {
    timeout: 0,
    returnBuffers: true,
    typeMapping: { 36: bufferClass(globalThis as unknown as Globals) },
  };
  const asText = { timeout: 0, returnBuffers: false, typeMapping: {} };
  return {
    native: client,
    get ready() {
      return client.isReady;
    },
    send: (name, args) => client.sendCommand([name, ...buffered(args)], asText),
    readText: (keys) => client.sendCommand(["MGET", ...keys], asText) as Promise<(string | null)[]>,
    readBytes: (keys) => client.sendCommand(["MGET", ...keys], asBytes) as Promise<(Uint8Array | null)[]>,
    subscribe: (channel, hearing) => subscribe(client.duplicate(), channel, hearing),
    close: () => destroy(client),
  };
}

/** Opens a client that never connects again by itself. It does not keep its process alive. */
export async function connectNodeRedis(
  { createClient }: NodeRedisPackage,
  { url }: Address,
  broke: (error: unknown) => void,
): Promise<Connection> {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    commandOptions: { timeout: 0 },
    socket: { connectTimeout: LIMIT, reconnectStrategy: false },
  });
  for (const event of ["error", "end", "terminated"]) client.on(event, broke);
  await withinLimit(client.connect(), () => destroy(client));
  client.unref();
  return overNodeRedis(client);
}

async function subscribe(client: NodeRedis, channel: string, hearing: Hearing): Promise<Subscription> {
  for (const event of ["error", "end", "reconnecting", "terminated"]) {
    client.on(event, () => {
      destroy(client);
      hearing.broke();
    });
  }
  const subscribed = client.connect().then(() => client.subscribe(channel, (message) => hearing.heard(message)));
  await withinLimit(subscribed, () => destroy(client));
  client.unref();
  return { ping: () => client.ping(), close: () => destroy(client) };
}

/** Ends a client, whatever it is doing. */
function destroy(client: NodeRedis): void {
  try {
    if (client.destroy !== undefined) client.destroy();
    else client.disconnect?.().then(undefined, () => {});
  } catch {
    // Some versions throw where there is nothing left to end.
  }
}
