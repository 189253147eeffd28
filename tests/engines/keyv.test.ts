import assert from "node:assert/strict";
import { Keyv } from "keyv";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fromKeyv } from "../../engines/adapters.ts";
import { ucache } from "../../mod.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { until } from "../contract/patience.ts";
import { fastFolder } from "../engines_here.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { redisMissing, startRedis } from "../redis_server.ts";
import { Soon } from "../soon.ts";

const passes = { accelerators: ["getMany", "setMany", "deleteMany"], injected: true } as const;

engineContract("keyv over a Map", { ...passes, engine: fromKeyv(new Keyv()) });

engineContract("keyv over a Map, of this process alone", {
  ...passes,
  engine: fromKeyv(new Keyv(), { persistent: false, shared: false }),
});

engineContract("keyv over a Map, kept by one process", {
  ...passes,
  engine: fromKeyv(new Keyv({ namespace: "app" }), { shared: false }),
});

engineContract("keyv, a Map in its place", { ...passes, engine: fromKeyv(new Map<string, string>()) });

const files = new Keyv({
  store: await (async () => {
    const { KeyvFile } = await import("keyv-file");
    return new KeyvFile({ filename: join(fastFolder(), "entries"), separatedFile: true });
  })(),
});
engineContract("keyv over files", { ...passes, engine: fromKeyv(files) });

/** A map that lists nothing, as Memcached does not. */
class Unlisted {
  readonly #map = new Map<string, string>();
  async get(key: string): Promise<string | undefined> {
    return await this.#map.get(key);
  }
  async set(key: string, value: string): Promise<void> {
    await this.#map.set(key, value);
  }
  async delete(key: string): Promise<boolean> {
    return await this.#map.delete(key);
  }
  async clear(): Promise<void> {
    await this.#map.clear();
  }
  async has(key: string): Promise<boolean> {
    return await this.#map.has(key);
  }
}
engineContract("keyv over what lists nothing", { ...passes, engine: fromKeyv(new Keyv({ store: new Unlisted() })) });

const hasSqlite = process.versions["bun"] !== undefined || process.getBuiltinModule?.("node:sqlite") !== undefined;
if (hasSqlite) {
  const { KeyvSqlite } = await import("@keyv/sqlite");
  const store = new KeyvSqlite({ uri: `sqlite://${join(fastFolder(), "keyv.sqlite")}`, wal: true });
  after(() => store.disconnect());
  await store.ready;
  engineContract("keyv over SQLite", { ...passes, engine: fromKeyv(new Keyv({ store, namespace: "app" })) });
} else test("keyv over SQLite passes the contract", { skip: "this runtime has no node:sqlite" }, () => {});

if (redisMissing === undefined) {
  const { default: KeyvRedis } = await import("@keyv/redis");
  const server = await startRedis();
  const stores = [new KeyvRedis(server.url), new KeyvRedis(server.url)] as const;
  after(async () => {
    for (const store of stores) await store.disconnect();
    await server.close();
  });
  const keyv = new Keyv({ store: stores[0], namespace: "app" });
  engineContract("keyv over Redis", { ...passes, engine: fromKeyv(keyv, { remote: true }) });
  engineContract("keyv, an adapter for Redis in its place", {
    ...passes,
    engine: fromKeyv(stores[1], { remote: true }),
  });

  test("ucache over Keyv returns results while Redis answers nothing, and keeps them again when it does", async () => {
    const frozen = await startRedis();
    const store = new KeyvRedis(frozen.url);
    const keyv = new Keyv({ store });
    // Keyv throws errors at nobody in particular unless somebody listens.
    keyv.on("error", () => {});
    const options = {
      engine: fromKeyv(keyv, { remote: true }),
      strict: true,
      logger: new QuietLogger(),
    };
    const cached = ucache(async (n: number) => await Promise.resolve(n), { ...options, name: "same", version: "1" });
    try {
      assert.equal(await cached(1), 1);
      await until(async () => await cached.cache.peek(1) !== undefined, "the value is kept");
      frozen.freeze();
      const soon = new Soon();
      assert.equal(await cached(2), 2);
      soon.within(2_000);
      frozen.thaw();
      await until(async () => {
        assert.equal(await cached(3), 3);
        return await cached.cache.peek(3) !== undefined;
      }, "values are kept again");
    } finally {
      await cached.cache.close();
      await store.disconnect(true);
      await frozen.close();
    }
  });
} else test("keyv over Redis passes the contract", { skip: redisMissing }, () => {});
