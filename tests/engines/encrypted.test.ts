import { encrypted } from "../../engines/encrypted.ts";
import { files } from "../../engines/files.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { fastFolder } from "../engines_here.ts";
import { offeredMethods } from "./offered_methods.ts";
import { sqliteEngines } from "./sqlite_engine.ts";

const secret = new Uint8Array(32).fill(7);

for (const engine of [files, ...sqliteEngines]) {
  engineContract(`encrypted(${engine.name})`, {
    engine: encrypted(engine, secret),
    accelerators: offeredMethods(engine),
    directory: () => `${fastFolder()}/store`,
  });
}
