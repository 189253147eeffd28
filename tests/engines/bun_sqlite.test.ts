import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { acceleratorNames } from "../../src/contract/accelerators.ts";
import { offered } from "../contract/expected_engines.ts";

engineContract("bun_sqlite", {
  engine: bunSqlite,
  accelerators: acceleratorNames,
  unavailable: offered("bun_sqlite") ? undefined : "only Bun has bun:sqlite",
});
