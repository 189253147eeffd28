import { files } from "../../engines/files.ts";
import { memory } from "../../engines/memory.ts";
import { tiered } from "../../engines/tiered.ts";
import type { Engine } from "../../src/contract/engine.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { fastFolder } from "../engines_here.ts";
import { offeredMethods } from "./offered_methods.ts";
import { sqliteEngines } from "./sqlite_engine.ts";
import { untold } from "./untold.ts";

const directory = () => `${fastFolder()}/store`;

/**
 * What others write is seen soon and not at once, which the contract does not know of; `tiered_news.test.ts` judges that. Here
 * nobody else writes, so that the front is trusted and answers whatever it can.
 */
const alone = (engine: Engine): Engine => ({ ...untold(engine), shared: false });

for (const back of [files, ...sqliteEngines]) {
  const accelerators = offeredMethods(untold(back));
  engineContract(`tiered(memory, ${back.name})`, { engine: tiered(memory, alone(back)), accelerators, directory });
  engineContract(`tiered(memory, ${back.name}) that is shared and never trusts its front`, {
    engine: tiered(memory, untold(back), { ttl: 0 }),
    accelerators,
    directory,
  });
  engineContract(`tiered(memory, ${back.name}) with write: "back"`, {
    engine: tiered(memory, alone(back), { write: "back" }),
    accelerators: accelerators.filter((name) => name !== "lease" && name !== "release"),
    directory,
  });
}

for (const [front, back] of sqliteEngines.flatMap((engine) => [[engine, files], [files, engine]] as const)) {
  engineContract(`tiered(${front.name}, ${back.name})`, {
    engine: tiered(front, alone(back)),
    accelerators: offeredMethods(untold(back)),
    directory,
  });
}
