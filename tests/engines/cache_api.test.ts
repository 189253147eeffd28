import { after } from "node:test";
import { cacheApi } from "../../engines/cache_api.ts";
import { engineContract } from "../contract/engine_contract.ts";

const { caches } = globalThis as { caches?: CacheStorage };

after(async () => {
  try {
    for (const name of await caches?.keys() ?? []) {
      if (name.startsWith("twat_cache/contract-")) await caches?.delete(name);
    }
  } catch (error) {
    // Workers cannot list their caches, and drop them by themselves.
    if (!/not implemented/.test(String(error))) throw error;
  }
});

engineContract("cache_api", {
  engine: cacheApi(),
  accelerators: ["setMany", "deleteMany"],
  unavailable: caches === undefined ? "it has no Cache API" : undefined,
});
