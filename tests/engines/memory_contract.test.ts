import { memory } from "../../engines/memory.ts";
import { engineContract } from "../contract/engine_contract.ts";

engineContract("memory", { engine: memory, accelerators: ["sweep", "commit"] });
