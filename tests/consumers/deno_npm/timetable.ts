/**
 * Prints the next departures of a timetable, a large CSV file that is parsed once and kept as it was parsed: maps, dates and all.
 *
 *     deno add npm:@twat/cache
 *     deno run -A timetable.ts FILE STOP
 */
import { fcache } from "@twat/cache";

type Timetable = Map<string, Date[]>;

const parse = fcache(async function parse(path: string): Promise<Timetable> {
  const timetable: Timetable = new Map();
  for (const line of (await Deno.readTextFile(path)).trim().split("\n")) {
    const [stop = "", departure = ""] = line.split(",");
    const departures = timetable.get(stop) ?? [];
    timetable.set(stop, [...departures, new Date(departure)]);
  }
  return timetable;
}, { folderName: "timetable", compress: true, ttl: "1d" });

const [path = "", stop = ""] = Deno.args;
const known = await parse.cache.has(path);
const departures = (await parse(path)).get(stop) ?? [];
for (const departure of departures.slice(0, 3)) console.log(stop, departure.toISOString());
console.log(known ? "from the cache" : "parsed");
