import { openStore } from "../../engines/indexed_db/store.ts";
import { indexedDb } from "../../engines/indexed_db.ts";
import type { Engine } from "../../src/contract/engine.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { fakeBrowser } from "./browser/fake_browser.ts";

/** Whether this is a browser. Elsewhere the engine runs over stand-ins, which leave the globals alone. */
const real = "indexedDB" in globalThis;
const globals = fakeBrowser() as never;

const overFakes: Engine = {
  ...indexedDb,
  probe: () => true,
  open: ({ folderName }) => openStore({ engine: "indexed_db", database: `twat_cache/${folderName}`, globals }),
};

engineContract("indexed_db", {
  engine: real ? indexedDb : overFakes,
  injected: !real,
  accelerators: ["getMany", "setMany", "deleteMany", "touch", "commit", "lease", "release", "watch"],
});
