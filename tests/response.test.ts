import { cacheApi } from "../engines/cache_api.ts";
import { cloudflareKv, type KvBinding } from "../engines/cloudflare_kv.ts";
import { binding } from "./browser/bindings.ts";
import { expectedEngines, runtimeName } from "./contract/expected_engines.ts";
import { FakeKv } from "./engines/edge/fake_kv.ts";
import { responseChapter } from "./response_chapter.ts";

/* On engines that need no file system, so that it runs everywhere. */

const only = { strict: true, version: "1", folderName: "response" } as const;

responseChapter("memory", {});
responseChapter("memory that copies", { copy: "clone" });
responseChapter("memory that freezes", { copy: "freeze" });
responseChapter("memory that is bounded by lru", { policy: "lru", maxBytes: "1MB" });
responseChapter("cloudflare_kv", { ...only, engine: cloudflareKv(binding<KvBinding>("KV") ?? new FakeKv()) });
if ("caches" in globalThis) responseChapter("cache_api", { ...only, engine: cacheApi() });
if (expectedEngines[runtimeName()].includes("indexed_db")) {
  responseChapter("indexed_db", { ...only, engine: "indexed_db" });
}
