/**
 * Any store of the Keyv and unstorage ecosystems as a home for values: databases, object stores, servers and services.
 *
 * Each entry is one text under a name of its own; what comes back changed, torn or under another's name is not there. There are
 * no locks across processes. Say `remote: true` for a store on another machine, and `persistent: false, shared: false`
 * for one that goes with the process.
 *
 * ```ts ignore
 * fromKeyv(new Keyv({ store: new KeyvPostgres("postgresql://localhost/app") }), { remote: true }); // @keyv/postgres
 * fromKeyv(new Keyv({ store: new KeyvMongo("mongodb://localhost/app") }), { remote: true, bodyBytes: 12e6 }); // @keyv/mongo
 * fromKeyv(new Keyv({ store: new KeyvMemcache("localhost:11211") }), { remote: true, bodyBytes: 7e5 }); // @keyv/memcache
 * fromUnstorage(createStorage({ driver: s3Driver({ bucket, endpoint, region, accessKeyId, secretAccessKey }) }), { remote: true });
 * fromUnstorage(createStorage({ driver: upstashDriver({ url, token }) }), { remote: true, bodyBytes: 7e5 });
 * fromUnstorage(createStorage({ driver: netlifyBlobsDriver({ name: "cache" }) }), { remote: true });
 * ```
 *
 * @module
 */
export type { AdapterOptions } from "./adapters/adapter_engine.ts";
export { fromKeyv, type KeyvLike } from "./adapters/from_keyv.ts";
export { fromUnstorage, type UnstorageLike } from "./adapters/from_unstorage.ts";
