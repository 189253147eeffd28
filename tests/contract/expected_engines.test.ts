import assert from "node:assert/strict";
import { it } from "node:test";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { cacheApi } from "../../engines/cache_api.ts";
import { cloudflareKv, type KvBinding } from "../../engines/cloudflare_kv.ts";
import { denoKv, denoKvEngine } from "../../engines/deno_kv.ts";
import { files } from "../../engines/files.ts";
import { indexedDb } from "../../engines/indexed_db.ts";
import { memory } from "../../engines/memory.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";
import { opfs } from "../../engines/opfs.ts";
import { redis } from "../../engines/redis.ts";
import type { Engine, Globals } from "../../src/contract/engine.ts";
import { binding } from "../browser/bindings.ts";
import { enginesOnDemand, expectedEngines, runtimeName } from "./expected_engines.ts";

const runtime = runtimeName();
const expected = [...expectedEngines[runtime], ...enginesOnDemand[runtime]];

function ask({ name, probe }: Engine, url?: string): readonly [name: string, answer: true | string] {
  return [name, probe(globalThis as unknown as Globals, { directory: "/tmp/twat-expected/store", url })];
}

const kv = binding<KvBinding>("KV");

/** Every engine, and whether it can be had here. `scripts/matrix/engine_matrix.ts` reads the names of these tests. */
const answers = [
  ...[memory, denoKv, bunSqlite, nodeSqlite, indexedDb, files, opfs].map((engine) => ask(engine)),
  ask(redis, "redis://localhost:6379"),
  ask(cacheApi()),
  kv === undefined
    ? ["cloudflare_kv", "this runtime has no binding; only a worker at Cloudflare has"] as const
    : ask(cloudflareKv(kv)),
];

it("probe() says yes for each engine that the runtime must offer, and for no other", () => {
  const offered = answers.filter(([, answer]) => answer === true).map(([name]) => name);
  assert.deepEqual(offered, answers.map(([name]) => name).filter((name) => expected.includes(name)));
  assert.equal(offered.length, expected.length, `${runtime}: ${JSON.stringify(Object.fromEntries(answers))}`);
});

for (const [name, answer] of answers) {
  it(answer === true ? `${name} is offered here` : `${name} is not offered here: ${answer}`, () => {
    assert.equal(answer === true, expected.includes(name), `${runtime}: ${answer}`);
  });
}

const handed = denoKvEngine({ openKv: () => Promise.reject(new Error("not to be opened")) });
if (!expected.includes("deno_kv") && ask(handed)[1] === true) {
  it("deno_kv is offered here with @deno/kv", () => assert.ok(expected.includes("files"), "where there are files"));
}
