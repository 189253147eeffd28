/** What the tests of SQLite do in a process of its own: `task engine directory …`. */
import process from "node:process";
import { entryOf, openSqlite, type OpenStore } from "../sqlite_engine.ts";

const [task, engine = "", directory = "", ...rest] = process.argv.slice(2);

/** Repeats work that found the database locked: a store gives up after 50 ms, and a loaded machine may want more. */
function insist<T>(work: () => T): T {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_CACHE_ENGINE_BUSY") throw error;
    }
  }
}

/** Adds one to a number that all processes count on, only if nobody else has done so meanwhile, until it is done. */
function countOn(store: OpenStore): void {
  for (let done = false; !done;) {
    const found = insist(() => store.get("s/number"));
    const [storedAt, number] = [(found?.storedAt ?? 0) + 1, Number(found?.body ?? 0) + 1];
    const entry = entryOf(String(number), { storedAt });
    done = insist(() => store.commit([{ key: "s/number", entry, found: found?.storedAt ?? "absent" }]));
  }
}

const tasks: Readonly<Record<string, () => void>> = {
  /** Opens one store after another in new folders, each when the clock strikes, together with other processes. */
  openAll() {
    const [rounds, start, pace] = rest.map(Number) as [number, number, number];
    for (let round = 0; round < rounds; round++) {
      while (Date.now() < start + round * pace);
      const store = openSqlite(engine, `${directory}/${round}`);
      insist(() => store.set(`s/${process.pid}`, entryOf("x")));
      store.close();
    }
  },
  /** Writes entries of its own, one by one and in batches, reads them back, deletes every tenth, and counts on at every hundredth. */
  write() {
    const [name, count] = [rest[0]!, Number(rest[1])];
    const store = openSqlite(engine, directory);
    const key = (n: number) => `s/${name}-${n}`;
    for (let n = 0; n < count; n++) {
      if (n % 100 < 80) insist(() => store.set(key(n), entryOf(`${name} ${n}`)));
      else if (n % 100 === 80) {
        const batch = Array.from({ length: 20 }, (_, at) => [key(n + at), entryOf(`${name} ${n + at}`)] as const);
        insist(() => store.setMany(batch));
      }
      if (n % 10 === 9 && n % 100 < 80) insist(() => store.delete(key(n)));
      if (n % 7 === 0 && n % 100 < 80 && n % 10 !== 9 && insist(() => store.get(key(n)))?.body !== `${name} ${n}`) {
        throw new Error(`entry ${n} is lost`);
      }
      if (n % 100 === 99) countOn(store);
    }
  },
  /** Writes batch after batch, each with one number in all of its entries, until it is killed. */
  batches() {
    const store = openSqlite(engine, directory);
    for (let round = 1;; round++) {
      store.setMany(Array.from({ length: 200 }, (_, n) => [`s/${n}`, entryOf(`${round}`)] as const));
      console.log(`acknowledged ${round};`);
    }
  },
  /** Holds the lock for writing for a while. */
  lock() {
    const store = openSqlite(engine, directory);
    store.native.exec("BEGIN EXCLUSIVE");
    console.log("locked");
    setTimeout(() => store.native.exec("COMMIT"), Number(rest[0]));
  },
  /** Adds one to a number so many times, each time only if nobody else has done so meanwhile. */
  count() {
    const [count, start] = rest.map(Number) as [number, number];
    const store = openSqlite(engine, directory);
    while (Date.now() < start);
    for (let left = count; left > 0; left--) countOn(store);
  },
  /** Asks for one lease after another, each when the clock strikes, together with other processes; says which it got. */
  race() {
    const [rounds, start, pace] = rest.map(Number) as [number, number, number];
    const store = openSqlite(engine, directory);
    const won: number[] = [];
    for (let round = 0; round < rounds; round++) {
      while (Date.now() < start + round * pace);
      if (insist(() => store.lease({ key: `s/${round}`, owner: `${process.pid}` }, 60_000))) won.push(round);
    }
    console.log(JSON.stringify(won));
  },
  /** Takes a lease and holds it until it is killed. */
  hold() {
    const store = openSqlite(engine, directory);
    if (!store.lease({ key: "s/a", owner: "child" }, Number(rest[0]))) throw new Error("the lease is taken");
    console.log("leased");
    setInterval(() => {}, 1_000);
  },
  /** Uses a store, watches it and never closes it. */
  leave() {
    const store = openSqlite(engine, directory);
    store.watch(() => {});
    store.lease({ key: "s/a", owner: "child" }, 60_000);
    store.set("s/a", entryOf("x"));
    store.trim("s/", { maxSize: 1, maxBytes: 1, policy: "lru" }, "s/a");
    console.log(`left at ${Date.now()};`);
  },
  /** Reads until a damaged database has been replaced by a fresh one, and says how long that took. */
  heal() {
    const start = Date.now();
    const store = openSqlite(engine, directory);
    insist(() => store.set(`s/${process.pid}`, entryOf("x")));
    if (store.get(`s/${process.pid}`)?.body !== "x") throw new Error("the fresh database does not serve");
    store.close();
    console.log(JSON.stringify({ ms: Date.now() - start }));
  },
};

tasks[task!]!();
