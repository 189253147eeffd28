import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { files } from "../../engines/files.ts";
import { memory } from "../../engines/memory.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";
import type { Globals } from "../../src/contract/engine.ts";
import { expectedEngines, runtimeName } from "./expected_engines.ts";

it("probe() says yes for each engine that the runtime must offer, and for no other", () => {
  const options = { directory: join(tmpdir(), "twat-expected", "store") };
  const answers = [memory, bunSqlite, nodeSqlite, files].map((engine) =>
    [engine.name, engine.probe(globalThis as unknown as Globals, options)] as const
  );
  const offered = answers.filter(([, answer]) => answer === true).map(([name]) => name);
  assert.deepEqual(offered, expectedEngines[runtimeName()], JSON.stringify(Object.fromEntries(answers)));
});
