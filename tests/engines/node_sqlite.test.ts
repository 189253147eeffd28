import { nodeSqlite } from "../../engines/node_sqlite.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { acceleratorNames } from "../../src/contract/accelerators.ts";
import { offered } from "../contract/expected_engines.ts";

engineContract("node_sqlite", {
  engine: nodeSqlite,
  accelerators: acceleratorNames,
  unavailable: offered("node_sqlite") ? undefined : "Node 20 has no node:sqlite",
});
