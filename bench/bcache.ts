import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { bcache, engines } from "../mod.ts";
import { callsOf, measure, report, type Table } from "./harness.ts";

/** The part of `DatabaseSync` and of Bun's `Database` that the floor needs. */
interface RawDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): { get(key: string): unknown; run(...cells: unknown[]): unknown };
  close(): void;
}

/** A record of about 100 bytes of JSON. */
function record(key: string): object {
  return { id: key, name: "Ada Lovelace", roles: ["admin", "editor"], active: true, score: 0.875 };
}

/** Whole calls that hit: key, read, verification, expiry, decoding, statistics and access tracking included. */
async function hits(folder: string): Promise<Table[]> {
  const engine = engines.select({ decorator: "bcache", cacheDir: folder }).engine.name;
  const require = createRequire(import.meta.url);
  const Raw = engine === "bun_sqlite" ? require("bun:sqlite").Database : require("node:sqlite").DatabaseSync;
  const raw: RawDatabase = new Raw(join(folder, "raw.sqlite"));
  raw.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE raw (key TEXT PRIMARY KEY, value TEXT)",
  );
  const insert = raw.prepare("INSERT INTO raw VALUES (?, ?)");
  const keys = Array.from({ length: 1024 }, (_, n) => `key-${n}`);
  for (const key of keys) insert.run(key, JSON.stringify(record(key)));

  const options = { name: "record", cacheDir: folder, ttl: "1h" } as const;
  const synchronous = bcache.sync(record, options);
  const promising = bcache(record, { ...options, name: "promised record" });
  for (const key of keys) {
    synchronous(key);
    await promising(key);
  }
  const select = raw.prepare("SELECT value FROM raw WHERE key = ?");
  const floor = "SELECT + JSON.parse";
  const read = (key: string) => JSON.parse((select.get(key) as { value: string }).value);
  const table = await measure(`bcache on ${engine}: hits of 100 B`, [
    { name: floor, work: callsOf(read, keys) },
    { name: "P9 bcache.sync hit", work: callsOf(synchronous, keys), floor, atMost: 1.15 },
    { name: "P9 bcache hit, awaited", work: callsOf(promising, keys, true), floor, atMost: 1.3 },
  ]);
  synchronous.cache.close();
  await promising.cache.close();
  raw.close();
  return [table];
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), "twat-bench-"));
  try {
    report(await hits(folder), process.argv.slice(2));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
