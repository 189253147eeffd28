import { openOpfs } from "../../engines/opfs/open.ts";
import { opfs } from "../../engines/opfs.ts";
import type { Engine } from "../../src/contract/engine.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { fakeBrowser } from "./browser/fake_browser.ts";

/** Whether this is a browser. Elsewhere the engine runs over stand-ins, which leave the globals alone. */
const real = "indexedDB" in globalThis;
const globals = fakeBrowser() as never;

const overFakes: Engine = {
  ...opfs,
  probe: () => true,
  open: ({ folderName }) => openOpfs(String(folderName), globals),
};

engineContract("opfs", {
  engine: real ? opfs : overFakes,
  injected: !real,
  accelerators: ["getMany", "setMany", "deleteMany", "touch", "commit", "lease", "release", "watch"],
});
