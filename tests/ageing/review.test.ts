import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { acache, bcache, type CacheEvent, ConfigurationError, mcache, on, ucache } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { gate } from "../gate.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const folder = fastFolder();

function reasons(cache: string): { readonly list: string[]; stop(): void } {
  const list: string[] = [];
  const stop = on("miss", (event: CacheEvent) => {
    if (event.type === "miss" && event.cache === cache) list.push(event.because);
  });
  return { list, stop };
}

for (const engine of enginesHere) {
  test(`${engine}: validate() is asked about each value that was found, and false has it computed anew and replaced`, async () => {
    let [runs, good] = [0, true];
    const asked: unknown[] = [];
    const name = `validate-${engine}`;
    const fn = acache((_: number) => Promise.resolve(++runs), {
      ...keptIn(engine, folder, "validate"),
      name,
      tags: ["t"],
      validate: ({ value, cost, args, age, tags }) => {
        asked.push({ value, args, known: typeof cost === "number" && age >= 0, tags });
        return good;
      },
    });
    const misses = reasons(name);
    await fn(5);
    await settled(fn);
    assert.equal(await fn(5), 1);
    good = false;
    assert.equal(await fn(5), 2);
    good = true;
    await settled(fn);
    assert.equal(await fn(5), 2);
    misses.stop();
    assert.deepEqual(misses.list, ["absent", "invalid"]);
    assert.deepEqual((asked[0] as { value: number; args: unknown[]; known: boolean }).args, [5]);
    assert.equal((asked[0] as { known: boolean }).known, true);
    await fn.cache.close();
  });
}

for (const engine of persistentHere) {
  test(`${engine}: schema has a value from before computed anew, and migrate makes a new one of it`, async () => {
    const kept = { ...keptIn(engine, folder, "schema"), name: `schema-${engine}` };
    const before = bcache((_: number): Promise<unknown> => Promise.resolve({ full: "Ada Lovelace" }), kept);
    await before(1);
    await before(2);
    await before.cache.close();

    const schema = v.object({ first: v.string(), last: v.string() });
    let runs = 0;
    const compute = (_: number) => {
      runs++;
      return Promise.resolve({ first: "new", last: "one" });
    };
    const misses = reasons(kept.name);
    const strict = bcache(compute, { ...kept, schema });
    assert.deepEqual(await strict(1), { first: "new", last: "one" });
    await settled(strict);
    assert.deepEqual(await strict(1), { first: "new", last: "one" });
    assert.equal(runs, 1);
    assert.deepEqual(misses.list, ["absent", "outdated"].slice(1));
    await strict.cache.close();

    let migrations = 0;
    const migrate = (value: unknown) => {
      migrations++;
      const [first = "", last = ""] = (value as { full: string }).full.split(" ");
      return { first, last };
    };
    const lenient = bcache(compute, { ...kept, schema, migrate });
    assert.deepEqual(await lenient(2), { first: "Ada", last: "Lovelace" });
    await settled(lenient);
    assert.deepEqual(await lenient(2), { first: "Ada", last: "Lovelace" });
    assert.deepEqual([runs, migrations], [1, 1], "what was migrated takes the old value's place");
    await lenient.cache.close();

    const failing = bcache(compute, {
      ...kept,
      schema: v.string(),
      migrate: () => {
        throw new Error("no");
      },
      logger: silent,
    });
    assert.deepEqual(await failing(2), { first: "new", last: "one" });
    misses.stop();
    await failing.cache.close();
  });
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

test("an asynchronous schema is waited for, and refuses in a synchronous cache", async () => {
  const kept = { ...keptIn(persistentHere[0] ?? "memory", folder, "later"), logger: silent };
  if (persistentHere.length === 0) return;
  const schema = v.pipeAsync(v.number(), v.checkAsync(async (n) => (await Promise.resolve(), n > 0)));
  let runs = 0;
  const fn = bcache((_: number) => Promise.resolve(++runs), { ...kept, name: "later", schema });
  await fn(1);
  await settled(fn);
  assert.equal(await fn(1), 1);
  await fn.cache.close();
});

test("a validate() or schema that throws, and an asynchronous schema in a synchronous cache, are warned of, and the function runs", async () => {
  const lines: string[] = [];
  const logger = { ...silent, warn: (line: string) => lines.push(line) };
  let runs = 0;
  const fails = () => {
    throw new Error("broken");
  };
  const validated = acache((_: number) => Promise.resolve(++runs), { name: "throws", validate: fails, logger });
  assert.deepEqual([await validated(1), await validated(1)], [1, 2]);
  assert.match(lines.join(), /Cannot validate a value: validate threw; the function runs instead \(broken\)/);

  const checked = acache((_: number) => Promise.resolve(++runs), {
    name: "checks",
    copy: "clone",
    schema: { "~standard": { version: 1, vendor: "test", validate: fails } },
    logger,
  });
  assert.deepEqual([await checked(1), await checked(1)], [3, 4]);
  assert.match(lines.join(), /Cannot check a value: the schema failed/);

  const later = ucache((_: number) => ++runs, {
    name: "later",
    copy: "clone",
    schema: { "~standard": { version: 1, vendor: "test", validate: (value) => Promise.resolve({ value }) } },
    logger,
  });
  assert.deepEqual([later(1), later(1)], [5, 6]);
  assert.match(lines.join(), /a synchronous cache needs a synchronous schema/);
});

test("a value that is migrated never takes the place of a newer one", async () => {
  const storage = new SharedMap();
  const kept = () => ({ name: "migrated", version: "1", engine: storage.engine() });
  const [ours, theirs] = [
    acache((_: number): Promise<unknown> => Promise.resolve({ full: "Ada" }), kept()),
    acache((_: number): Promise<unknown> => Promise.resolve("unused"), kept()),
  ];
  await ours(1);
  await settled(ours);
  const checking = gate();
  let asked = 0;
  const reading = acache((_: number): Promise<unknown> => Promise.resolve("computed"), {
    ...kept(),
    schema: {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: async (value) => {
          if (++asked === 1) await checking.opened;
          return typeof value === "string" ? { value } : { issues: [{ message: "no text" }] };
        },
      },
    },
    migrate: (value) => (value as { full: string }).full,
  });
  const read = reading(1);
  while (asked === 0) await new Promise<void>((resolve) => setTimeout(resolve, 1));
  await theirs.cache.set([1], "newer");
  checking.open();
  assert.equal(await read, "Ada");
  await settled(reading);
  assert.equal((await theirs.cache.peek(1))?.value, "newer");
});

test("schema means nothing to mcache, whose values the function gave", () => {
  assert.throws(() => mcache((n: number) => n, { schema: v.number() }), ConfigurationError);
});
