import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { bunSqlite } from "../engines/bun_sqlite.ts";
import { nodeSqlite } from "../engines/node_sqlite.ts";
import type { Engine } from "../src/contract/engine.ts";
import type { Body, Entry } from "../src/contract/entry.ts";
import type { SyncStore } from "../src/contract/store.ts";
import { callsOf, measure, report } from "./harness.ts";
import type { Row, Table } from "./harness.ts";

/** What the benches use of `DatabaseSync` and of Bun's `Database`. */
interface RawDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): { get(...cells: unknown[]): unknown; run(...cells: unknown[]): unknown };
  close(): void;
}

/** A value of about 100 bytes. SQLite does not write a row that is what it was, so that each differs. */
function valueOf(n: number): string {
  const id = 1_000_000 + n % 1_000_000;
  return JSON.stringify({ id, name: "Ada Lovelace", roles: ["admin", "editor"], active: true, score: 0.875 });
}
const hour = 3_600_000;
const unbounded = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;

function keysOf(count: number): string[] {
  const digits = (n: number) => Math.imul(n + 1, 0x9e3779b1) >>> 0;
  const hex = (n: number) => digits(n).toString(16).padStart(8, "0");
  return Array.from({ length: count }, (_, n) => `bench/${hex(n)}${hex(n + 7)}${hex(n * 31)}${hex(n ^ 5)}`);
}

function entryOf(n: number): Entry<Body> {
  const storedAt = 1_790_000_000_000 + n;
  const instants = { storedAt, freshUntil: storedAt + hour, goneAt: storedAt + hour };
  return {
    body: valueOf(n),
    form: "1:json",
    checksum: 1234567890,
    ...instants,
    cost: 1.5,
    size: 100,
    tags: [],
    label: "bench",
  };
}

/** The cheapest database anybody would write: a text key and a value. */
function rawDatabase(engine: Engine, path: string): RawDatabase {
  const require = createRequire(import.meta.url);
  const Raw = engine === bunSqlite ? require("bun:sqlite").Database : require("node:sqlite").DatabaseSync;
  const database: RawDatabase = new Raw(path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = NORMAL");
  database.exec("CREATE TABLE raw (key TEXT PRIMARY KEY, value TEXT)");
  return database;
}

const upsert = "INSERT INTO raw VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/** Runs with a store and a raw database that hold the same entries. */
async function withBoth(
  engine: Engine,
  keys: readonly string[],
  run: (store: SyncStore<Body>, raw: RawDatabase) => Promise<Table>,
): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), "twat-bench-"));
  const store = await engine.open({ directory: join(folder, "store"), secure: true, bounds: unbounded }) as SyncStore<
    Body
  >;
  const raw = rawDatabase(engine, join(folder, "raw.sqlite"));
  try {
    store.setMany!(keys.map((key, n) => [key, entryOf(n)]));
    const insert = raw.prepare(upsert);
    raw.exec("BEGIN");
    for (const [n, key] of keys.entries()) insert.run(key, valueOf(n));
    raw.exec("COMMIT");
    return await run(store, raw);
  } finally {
    store.close();
    raw.close();
    rmSync(folder, { recursive: true });
  }
}

function reads(engine: Engine, count: number): Promise<Table> {
  const keys = keysOf(count);
  return withBoth(engine, keys, (store, raw) => {
    const select = raw.prepare("SELECT value FROM raw WHERE key = ?");
    const floor = `SELECT + JSON.parse, ${count}`;
    const rows: Row[] = [
      { name: floor, work: callsOf((key) => JSON.parse((select.get(key) as { value: string }).value), keys) },
      {
        name: `P9 get() + JSON.parse, ${count}`,
        work: callsOf((key) => JSON.parse(store.get(key)!.body as string), keys),
        floor,
        atMost: 1.15,
      },
      { name: `get() of an unknown key, ${count}`, work: callsOf((key) => store.get(`${key}-`), keys), floor },
    ];
    return measure(`${engine.name}: reads`, rows);
  });
}

function writes(engine: Engine): Promise<Table> {
  const keys = keysOf(16_384);
  const fresh = (letter: string) => {
    let n = 0;
    return () => `bench/${letter}${(Math.imul(++n, 0x9e3779b1) >>> 0).toString(16)}${n}`;
  };
  return withBoth(engine, keys, (store, raw) => {
    const insert = raw.prepare(upsert);
    const [rawKey, ourKey] = [fresh("r"), fresh("s")];
    let n = 0;
    let batch = 0;
    const rows: Row[] = [
      { name: "raw, known key", work: callsOf((key) => insert.run(key, valueOf(n++)), keys) },
      {
        name: "P10 set(), known key",
        work: callsOf((key) => store.set(key, entryOf(n++)), keys),
        floor: "raw, known key",
        atMost: 1.1,
      },
      {
        name: "P10 setMany() of 100 known keys, each",
        work(times) {
          for (let at = 0; at < times; at += 100) {
            batch = (batch + 100) % 16_000;
            store.setMany!(keys.slice(batch, batch + 100).map((key) => [key, entryOf(n++)] as const));
          }
          return n;
        },
        fasterThan: { "raw, known key": 5 },
      },
      { name: "raw, new key", work: loop(() => insert.run(rawKey(), valueOf(n++))) },
      {
        name: "P10 set(), new key",
        work: loop(() => store.set(ourKey(), entryOf(n++))),
        floor: "raw, new key",
        atMost: 1.1,
      },
    ];
    return measure(`${engine.name}: writes`, rows, { slice: 6 });
  });
}

/** A batch of a thousand as one transaction and one by one, which is what a transaction is for. */
function batches(engine: Engine): Promise<Table> {
  const keys = keysOf(1_000);
  return withBoth(engine, keys, (store) => {
    let n = 0;
    const rows: Row[] = [
      { name: "1,000 set()", work: loop(() => keys.forEach((key) => store.set(key, entryOf(n++)))) },
      {
        name: "setMany() of 1,000",
        work: loop(() => store.setMany!(keys.map((key) => [key, entryOf(n++)] as const))),
        fasterThan: { "1,000 set()": 2 },
      },
    ];
    return measure(`${engine.name}: batches`, rows, { slice: 30, rounds: 51 });
  });
}

function loop(run: () => unknown): Row["work"] {
  return (times) => {
    for (let at = 0; at < times; at++) run();
    return times;
  };
}

if (import.meta.main) {
  const growth = process.argv.includes("--growth") ? [1 << 20] : [];
  const tables: Table[] = [];
  for (const engine of [bunSqlite, nodeSqlite]) {
    if (engine.probe(globalThis as unknown as Parameters<Engine["probe"]>[0], { directory: tmpdir() }) !== true) {
      continue;
    }
    for (const count of [1024, ...growth]) tables.push(await reads(engine, count));
    tables.push(await writes(engine));
    tables.push(await batches(engine));
  }
  report(tables);
}
