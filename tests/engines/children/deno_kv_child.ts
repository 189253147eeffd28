/** A process that uses a store in Deno KV: `deno_kv_child.ts TASK FOLDER [ARGUMENT…]`. */
import process from "node:process";
import { addressIn, entryOf, openDenoKv } from "./deno_kv_open.ts";

const [task, folder, ...rest] = process.argv.slice(2) as [string, string, ...string[]];

/** Waits for an agreed instant, in milliseconds since the epoch. */
const startAt = (instant: string): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Number(instant) - Date.now()));

const tasks: Readonly<Record<string, () => Promise<void>>> = {
  /** Opens one new database after another at agreed instants, together with others, and writes to each. */
  async openAll() {
    const [rounds, start] = rest as [string, string];
    for (let round = 0; round < Number(rounds); round++) {
      await startAt(String(Number(start) + round * 150));
      const store = await openDenoKv(`${folder}/${round}`);
      await store.set(`s/${process.pid}`, entryOf("x"));
      await store.close();
    }
  },
  /** Adds to a counter, each time on the condition that it is as it was found. */
  async increment() {
    const [times, start] = rest as [string, string];
    const store = await openDenoKv(folder);
    await startAt(start);
    for (let n = 0; n < Number(times);) {
      const found = await store.get("s/counter");
      const count = found === undefined ? 0 : Number(found.body);
      const entry = entryOf(`${count + 1}`, { storedAt: count + 1 });
      if (await store.commit([{ key: "s/counter", entry, found: found?.storedAt ?? "absent" }])) n++;
    }
    await store.close();
  },
  /** Sets and deletes keys of its own and keys of all. */
  async write() {
    const [name, times] = rest as [string, string];
    const store = await openDenoKv(folder);
    for (let n = 0; n < Number(times); n++) {
      await store.set(`s/${name}-${n}`, entryOf(`${name} ${n}`));
      await store.set(`s/all-${n % 7}`, entryOf(name, { size: n % 5 }));
      if (n % 10 === 9) await store.deleteMany([`s/${name}-${n}`, `s/all-${(n + 3) % 7}`]);
      if ((await store.get(`s/${name}-${n}`))?.body !== (n % 10 === 9 ? undefined : `${name} ${n}`)) {
        throw new Error(`entry ${n} is lost`);
      }
    }
    await store.close();
  },
  /** Asks for the lease of one key after another at agreed instants, together with others; says which it was given. */
  async race() {
    const [rounds, start] = rest as [string, string];
    const store = await openDenoKv(folder);
    const won: number[] = [];
    for (let round = 0; round < Number(rounds); round++) {
      await startAt(String(Number(start) + round * 100));
      if (await store.lease({ key: `s/${round}`, owner: `${process.pid}` }, 600_000)) won.push(round);
    }
    await store.close();
    console.log(JSON.stringify(won));
  },
  /** Takes a lease for a span and holds it until it is killed. */
  async hold() {
    const store = await openDenoKv(folder);
    await store.lease({ key: "s/k", owner: "holder" }, Number(rest[0]));
    console.log(`held since ${Date.now()};`);
    setTimeout(() => {}, 600_000);
  },
  /** Replaces bodies of all lengths, each of which says in every byte which one it is, until it is killed. */
  async replace() {
    const store = await openDenoKv(folder);
    for (let round = 1;; round++) {
      const length = [2_000_000, 30, 70_000, 900_000, 65_536][round % 5]! + round;
      await store.set(`s/${round % 3}`, entryOf(new Uint8Array(length).fill(round), { checksum: round }));
      if (round % 4 === 0) await store.delete(`s/${(round + 1) % 3}`);
      console.log(`acknowledged ${round};`);
    }
  },
  /** Changes keys in each way there is, one after another, as another process asks by the order of the ways. */
  async change() {
    const store = await openDenoKv(folder);
    await store.set("s/set", entryOf("x"));
    await store.delete("s/delete");
    await store.setMany([["s/many", entryOf("x")]]);
    await store.commit([{ key: "s/commit", entry: entryOf("x") }]);
    await store.clear("t/");
    await store.close();
  },
  /** Holds the lock for writing for a while. */
  async lock() {
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const database = new DatabaseSync(`${folder}/kv.sqlite3`);
    database.exec("PRAGMA busy_timeout = 2000");
    database.exec("BEGIN IMMEDIATE");
    console.log("locked");
    await new Promise((resolve) => setTimeout(resolve, Number(rest[0])));
    database.exec("COMMIT");
  },
  /** Uses a store in every way, watches it, and never closes it. */
  async leave() {
    const store = await openDenoKv(folder, rest[0] ? addressIn(rest[0]) : undefined);
    const live = store.watch &&
      new Promise<void>((resolve) => void store.watch((news) => news === "live" && resolve()));
    await store.set("s/a", entryOf("x".repeat(100_000)));
    await store.lease({ key: "s/a", owner: "me" }, 600_000);
    await store.get("s/a");
    await live;
    console.log(`left at ${Date.now()};`);
  },
};

await tasks[task]!();
