import type { Globals, OpenOptions } from "../../src/contract/engine.ts";
import type { Body } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { EngineNotAvailableError } from "../../src/errors.ts";
import { randomName } from "../../src/runtime/random_name.ts";
import { addressFrom } from "./address.ts";
import { engineError } from "./engine_error.ts";
import { givenClient } from "./given_client.ts";
import { Link } from "./link.ts";
import { type Connect, ownClient, wayToConnect } from "./own_client.ts";
import type { Source } from "./source.ts";
import { RedisStore } from "./store.ts";

/** How a store is opened. */
export interface Opening {
  readonly client?: object | undefined;
  readonly url?: string | undefined;
  readonly prefix: string;
  /** How to open a client to an address; by default with what there is here. */
  readonly connect?: Connect | undefined;
}

/** Opens a store. Rejects with an `EngineError` whose message says what to set. */
export async function openRedis(opening: Opening, options: Pick<OpenOptions, "folderName">): Promise<AsyncStore<Body>> {
  const source = await open(opening);
  const root = `${opening.prefix}{${options.folderName ?? "default"}}:`;
  const link = new Link(source, root);
  try {
    await link.prepare();
  } catch (error) {
    source.close();
    throw engineError(`open engine "redis" at ${source.where}`, error);
  }
  return new RedisStore({ source, link, channel: `${root}news`, name: randomName() + randomName() });
}

async function open({ client, url, connect }: Opening): Promise<Source> {
  if (client !== undefined) {
    try {
      return await givenClient(client);
    } catch (error) {
      throw engineError('open engine "redis" with the client given', error);
    }
  }
  const address = addressFrom(url);
  if (typeof address === "string") throw unavailable(address);
  const way = connect ?? await wayToConnect(globalThis as unknown as Globals);
  try {
    return await ownClient(address, way);
  } catch (error) {
    throw engineError(`open engine "redis" at "${address.shown}"`, error);
  }
}

function unavailable(reason: string): EngineNotAvailableError {
  return new EngineNotAvailableError(`Cannot open engine "redis": ${reason}`, {
    engine: "redis",
    tried: [{ engine: "redis", reason }],
  });
}
