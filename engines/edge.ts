/**
 * The engines of hosts at the edge: `cloudflareKv` for Cloudflare's Workers KV, `cacheApi` for the Cache API.
 *
 * @module
 */
export { cacheApi, type CacheApiOptions } from "./cache_api.ts";
export { cloudflareKv, type CloudflareKvOptions, type KvBinding, type KvPage } from "./cloudflare_kv.ts";
