/**
 * Works on a folder of the files engine beside other processes. Arguments: what to do, the folder, a seed, milliseconds.
 */
import process from "node:process";
import { files } from "../../../engines/files.ts";
import { random } from "../../random.ts";
import { checkedEntry, isWhole } from "./checked_entry.ts";

const [task, directory = "", seed = "1", span = "0"] = process.argv.slice(2);
const next = random(Number(seed));
const options = { directory, secure: true, bounds: { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } } as const;
const keys = ["s/one", "s/two", "s/three"];
const key = () => keys[Math.floor(next() * keys.length)]!;
const entry = (most: number) => checkedEntry(1 + Math.floor(next() * 200), 1 + Math.floor(next() * most));
const until = () => performance.now() + Number(span);

switch (task) {
  case "write": {
    const store = await files.open(options);
    for (const end = until(); performance.now() < end;) await store.set(key(), entry(200_000));
    break;
  }
  case "write-at-once": {
    const store = files.openSync!(options);
    for (const end = until(); performance.now() < end;) store.set(key(), entry(200_000));
    break;
  }
  case "replace": {
    const store = files.openSync!(options);
    for (const end = until(); performance.now() < end;) {
      if (next() < 0.5) store.delete(key());
      else store.set(key(), entry(20_000));
    }
    break;
  }
  case "read": {
    const store = Number(seed) % 2 ? await files.open(options) : files.openSync!(options);
    const seen = { whole: 0, torn: 0, missing: 0 };
    for (const end = until(); performance.now() < end;) {
      const found = await store.get(key());
      seen[found === undefined ? "missing" : isWhole(found) ? "whole" : "torn"]++;
    }
    console.log(JSON.stringify(seen));
    break;
  }
  case "write-until-killed": {
    const store = Number(seed) % 2 ? await files.open(options) : files.openSync!(options);
    await store.set(key(), entry(4_000_000));
    console.log("writing");
    for (;;) await store.set(key(), entry(4_000_000));
  }
  case "leave-open": {
    const store = await files.open(options);
    await store.set(key(), entry(1_000));
    files.openSync!(options).usage("");
    console.log("done");
    break;
  }
  default:
    throw new Error(`Unknown task ${task}`);
}
