import { tempFolder } from "../temp_folder.ts";
import { oneComputation } from "./one_computation.ts";
import { sqliteEngines } from "./sqlite_engine.ts";

const cacheDir = tempFolder();
let folders = 0;

for (const { name } of sqliteEngines) {
  oneComputation(name, () => ({ engine: name, cacheDir, folderName: `once-${++folders}` }));
}
