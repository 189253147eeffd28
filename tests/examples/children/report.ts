import process from "node:process";
import { bcache } from "../../../mod.ts";

/** Runs a cached function in a process of its own and says how often it ran: `report.ts <cacheDir> <x>`. */
const [cacheDir, x] = process.argv.slice(2);
let runs = 0;
const processData = bcache((value: number) => {
  runs++;
  return { value, squared: value * value, at: new Date(value) };
}, { name: "processData", folderName: "restart", cacheDir, ttl: "1h" });
const result = await processData(Number(x));
console.log(
  JSON.stringify({
    runs,
    squared: result.squared,
    isDate: result.at instanceof Date,
    engine: processData.cache.info.engine,
  }),
);
