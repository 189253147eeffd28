import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acache,
  bcache,
  bypass,
  CacheContext,
  CacheKeyError,
  cacheMany,
  CacheOperationError,
  ConfigurationError,
  fcache,
  mcache,
  on,
  record,
  type Recording,
  replay,
  ucache,
  withDefaults,
} from "../mod.ts";
import { audience } from "../src/audience.ts";
import { enginesHere, fastFolder, keptIn } from "./engines_here.ts";
import { gate } from "./gate.ts";
import { settled } from "./settled.ts";

const cacheDir = fastFolder();
/** A recording as another process would read it from a file. */
const fromFile = (recording: Recording): Recording => JSON.parse(JSON.stringify(recording));

/** What every cache has counted that may not change while somebody stands in for it. */
const counts = (fn: { readonly cache: { stats(): object } }) => {
  const { runs, ...stats } = fn.cache.stats() as Record<string, unknown>;
  return { runs, ...stats };
};

for (const engine of enginesHere) {
  test(`bypass() runs the function whatever is kept on ${engine}, and keeps, counts and tells nothing`, async () => {
    let runs = 0;
    const fn = acache(async (x: number) => `${x}:${await Promise.resolve(++runs)}`, {
      name: `bypassed in ${engine}`,
      ...keptIn(engine, cacheDir, "bypass"),
    });
    assert.equal(await fn(1), "1:1");
    await settled(fn);
    const before = counts(fn);
    const events: string[] = [];
    const stop = on("*", ({ type }) => events.push(type));
    const inside = await bypass(async () => {
      await Promise.resolve();
      return [await fn(1), ...await Promise.all([fn(1), fn(2)]), await fn.cache.refresh(1)];
    });
    stop();
    assert.deepEqual(inside, ["1:2", "1:3", "2:4", "1:5"]);
    assert.deepEqual(events, []);
    assert.deepEqual(counts(fn), before);
    assert.equal(await fn(1), "1:1");
    assert.equal(await fn.cache.has(2), false);
    await fn.cache.close();
  });

  test(`replay() gives what record() noted on ${engine}, and computes, reads, keeps and counts nothing`, async () => {
    let runs = 0;
    const fn = acache(async (x: number) => new Map([[x, new Date(await Promise.resolve(++runs))]]), {
      name: `recorded in ${engine}`,
      ...keptIn(engine, cacheDir, "record"),
    });
    await fn(1);
    await settled(fn);
    const work = async () => [await fn(1), ...await Promise.all([fn(2), fn(2), fn(1)])];
    const { result, recording } = await record(work);
    assert.deepEqual(result, [[1, 1], [2, 2], [2, 2], [1, 1]].map(([x, at]) => new Map([[x, new Date(at!)]])));
    assert.equal(runs, 2, "a recording goes through the cache");
    await settled(fn);
    await fn.cache.clear();
    const before = counts(fn);
    assert.deepEqual(await replay(fromFile(recording), work), result);
    assert.equal(runs, 2);
    assert.deepEqual(counts(fn), before);
    assert.equal(await fn.cache.has(1), false);
    await fn.cache.close();
  });
}

test("bypass() leaves a synchronous function synchronous, ends with it, and gives what it gives", () => {
  let runs = 0;
  const fn = mcache((x: number) => x + ++runs);
  assert.equal(fn(1), 2);
  assert.equal(bypass(() => fn(1)), 3);
  assert.equal(fn(1), 2);
  const error = new Error("mine");
  assert.throws(() =>
    bypass(() => {
      throw error;
    }), (thrown) => thrown === error);
  assert.equal(fn(1), 2);
  assert.equal(runs, 2);
});

test("bypass() gives promises where the wrapper does, also of a synchronous function and of its error", async () => {
  let fails = false;
  const fn = acache((x: number) => {
    if (fails) throw new Error("mine");
    return x;
  });
  const given = bypass(() => fn(1)) as unknown;
  assert.ok(given instanceof Promise);
  assert.equal(await given, 1);
  fails = true;
  await assert.rejects(bypass(() => fn(1)) as unknown as Promise<number>, /mine/);
});

test(
  "bypass() concerns methods and contexts too, and no call outside that runs meanwhile",
  async () => {
    let runs = 0;
    const fn = acache((x: number) => Promise.resolve(x + ++runs));
    await using cache = await CacheContext.open();
    assert.equal(await fn(0), 1);
    assert.equal(await cache.getOrSet("k", () => 1), 1);
    const door = gate();
    const inside = bypass(async () => {
      await door.opened;
      return [await fn(0), await cache.getOrSet("k", () => 2)];
    });
    assert.equal(await fn(0), 1, "somebody else is bypassing");
    door.open();
    assert.deepEqual(await inside, [2, 2]);
    assert.equal(await fn(0), 1);
    assert.equal(await cache.get("k"), 1);
  },
);

test("record() and replay() of a synchronous function are synchronous", () => {
  let runs = 0;
  const fn = mcache((x: number) => ({ x, run: ++runs }));
  const { result, recording } = record(() => [fn(1), fn(2), fn(1)]);
  assert.deepEqual(result.map(({ run }) => run), [1, 2, 1]);
  fn.cache.clear();
  const again = replay(fromFile(recording), () => [fn(1), fn(2), fn(1)]);
  assert.deepEqual(again, result);
  assert.notEqual(again[0], again[2], "each answer is a copy of its own");
  assert.equal(runs, 2);
});

test("a recording holds no text of arguments, and says equal answers in a row once", () => {
  const fn = mcache((secret: string) => secret.length, { name: "lengths" });
  const { recording } = record(() => {
    for (let call = 0; call < 1_000; call++) fn("hunter2");
  });
  assert.deepEqual(recording.calls.map(({ key: _, checksum: __, ...call }) => call), [
    { cache: "lengths", form: "1:json", body: "7", times: 1_000 },
  ]);
  assert.ok(!JSON.stringify(recording).includes("hunter2"));
});

test("replay() gives equal calls their answers in order, and the last one from then on", () => {
  let rate = 1;
  const fn = mcache((x: number) => x * rate);
  const work = () => {
    const answers = [fn(10), fn(10)];
    rate++;
    fn.cache.invalidate(10);
    answers.push(fn(10));
    fn.cache.set([10], 99);
    return [...answers, fn(10)];
  };
  const { result, recording } = record(work);
  assert.deepEqual(result, [10, 10, 20, 99]);
  assert.deepEqual(replay(recording, () => Array.from({ length: 6 }, () => fn(10))), [10, 10, 20, 99, 99, 99]);
  assert.deepEqual(replay(recording, () => fn(10)), 10, "each replay begins anew");
});

test(
  "replay() throws what was thrown, as the same kind of error, in the colour of the call",
  async () => {
    const late = acache((x: number) => Promise.reject(new RangeError(`no ${x}`, { cause: "why" })));
    const soon = mcache((x: number): number => {
      throw new TypeError(`not ${x}`);
    });
    const work = async () => {
      assert.throws(() => soon(1), (error: Error) => error instanceof TypeError && error.message === "not 1");
      const given = late(2);
      assert.ok(given instanceof Promise);
      await assert.rejects(given, (error: Error) => error instanceof RangeError && error.cause === "why");
      return "done";
    };
    const { recording } = await record(work);
    late.cache.clear();
    soon.cache.clear();
    assert.equal(await replay(fromFile(recording), work), "done");
  },
);

test("replay() tells a value that was thrown from the same one that was given", () => {
  let throws = false;
  const fn = mcache((_: number): string => {
    if (throws) throw "same";
    return "same";
  });
  const given = () => {
    try {
      return [fn(1)];
    } catch (thrown) {
      return thrown;
    }
  };
  const { result, recording } = record(() =>
    [false, true, true, false].map((fails) => {
      throws = fails;
      fn.cache.invalidate(1);
      return given();
    })
  );
  assert.deepEqual(result, [["same"], "same", "same", ["same"]]);
  assert.deepEqual(replay(fromFile(recording), () => [given(), given(), given(), given()]), result);
});

test("hits take the short way again once every scope has ended, however it did", async () => {
  const fn = mcache((x: number) => x);
  const fails = () => {
    throw new Error("mine");
  };
  const { recording } = record(() => fn(1));
  bypass(() => fn(1));
  replay(recording, () => fn(1));
  withDefaults({}, () => fn(1));
  assert.throws(() => bypass(fails), /mine/);
  await bypass(() => Promise.resolve(fn(1)));
  await assert.rejects(bypass(() => Promise.reject(new Error("mine"))), /mine/);
  await record(() => Promise.resolve(fn(1)));
  assert.equal(audience.listening, false);
});

test("replay() refuses a call that is not in the recording, and says to record anew", async () => {
  let runs = 0;
  const soon = mcache((x: number) => (runs++, x), { name: "soon" });
  const late = acache((x: number) => Promise.resolve((runs++, x)), { name: "late" });
  const { recording } = record(() => soon(1));
  const isMissing = (name: string) => (error: unknown) =>
    error instanceof CacheOperationError && error.code === "ERR_CACHE_REPLAY" &&
    error.message ===
      `Cannot replay a call of "${name}": the recording has none with these arguments; record anew`;
  assert.throws(() => replay(recording, () => soon(2)), isMissing("soon"));
  await assert.rejects(replay(recording, () => late(1)), isMissing("late"));
  assert.equal(runs, 1);
});

test("replay() answers a function of another version, and its callers alone", async () => {
  const place = { name: "rate", cacheDir, folderName: "replayed" };
  const before = bcache((x: number) => x * 2, place);
  const { recording } = await record(() => before(1));
  await before.cache.close();
  let runs = 0;
  const after = bcache((x: number) => (runs++, x * 3), place);
  const replayed = replay(fromFile(recording), async () => {
    await Promise.resolve();
    return await after(1);
  });
  assert.deepEqual(await Promise.all([after(1), replayed]), [3, 2]);
  assert.equal(runs, 1);
  await after.cache.close();
});

test("record() notes the calls inside the calls, and replay() needs none of them", async () => {
  let runs = 0;
  const inner = acache((x: number) => Promise.resolve((runs++, x + 1)));
  const outer = acache(async (x: number) => (runs++, await inner(x) * 2));
  const { result, recording } = await record(() => outer(1));
  assert.equal(result, 4);
  assert.equal(recording.calls.length, 2);
  outer.cache.clear();
  assert.deepEqual(await replay(recording, async () => [await outer(1), await inner(1)]), [4, 2]);
  assert.equal(runs, 2);
});

test("record() waits for the answers to calls that nobody waited for", async () => {
  const door = gate<string>();
  const fn = acache(() => door.opened);
  const recorded = record(async () => {
    void fn();
    await Promise.resolve();
    return "done";
  });
  await new Promise((resolve) => setTimeout(resolve));
  door.open("late");
  const { result, recording } = await recorded;
  assert.equal(result, "done");
  assert.equal(await replay(recording, () => fn()), "late");
});

test("record() refuses an answer that cannot be written, and one that is not there at the end", async () => {
  class Thing {}
  const thing = mcache(() => new Thing(), { name: "thing" });
  const late = acache((x: number) => Promise.resolve(x), { name: "late answer" });
  assert.throws(() => record(() => thing()), (error: unknown) => {
    assert.ok(error instanceof CacheOperationError);
    assert.equal(error.code, "ERR_CACHE_RECORD");
    assert.match(
      error.message,
      /^Cannot record a call of "thing": it gave what cannot be written \(.*Thing.*\); call it/,
    );
    return true;
  });
  assert.throws(
    () => record((): unknown => [late(1)]),
    /^CacheOperationError: Cannot record a call of "late answer": it gave a promise of its answer; let what is recorded wait/,
  );
  await late(1);
});

test(
  "record() lets errors through, and unkeyable arguments fail as they do without",
  async () => {
    const error = new Error("mine");
    assert.throws(() =>
      record(() => {
        throw error;
      }), (thrown) => thrown === error);
    await assert.rejects(record(() => Promise.reject(error)), (thrown) => thrown === error);
    const fn = acache((given: unknown) => Promise.resolve(typeof given));
    await assert.rejects(record(() => fn(Symbol())), CacheKeyError);
    const { recording } = record(() => 0);
    await assert.rejects(replay(recording, () => fn(Symbol())), CacheKeyError);
  },
);

test("record() keeps bytes and Responses", async () => {
  const bytes = mcache((n: number) => Uint8Array.from({ length: n }, (_, at) => at * 7));
  const page = acache((path: string) => Promise.resolve(new Response(`<p>${path}</p>`, { headers: { "x-a": "b" } })));
  const work = async () => {
    const response = await page("/");
    return [bytes(300), await response.text(), response.headers.get("x-a")];
  };
  const { result, recording } = await record(work);
  bytes.cache.clear();
  page.cache.clear();
  assert.deepEqual(result.slice(1), ["<p>/</p>", "b"]);
  assert.deepEqual(await replay(fromFile(recording), work), result);
});

test(
  "replay() tells apart what vary tells apart, and takes calls for contexts and any decorator",
  async () => {
    let tenant = "a";
    const fn = mcache((x: number) => `${tenant}${x}`, { vary: () => tenant });
    const kept = fcache((x: number) => x + 1, { name: "kept", cacheDir, folderName: "kept" });
    const suits = ucache((x: number) => x + 2);
    await using cache = await CacheContext.open({ name: "context" });
    const work = async () => {
      const answers = [];
      for (tenant of ["a", "b"]) answers.push(fn(1));
      return [...answers, await kept(1), suits(1), await cache.getOrSet("k", () => 4)];
    };
    const { result, recording } = await record(work);
    assert.deepEqual(result, ["a1", "b1", 2, 3, 4]);
    for (const { cache } of [fn, kept, suits]) await cache.clear();
    await cache.clear();
    assert.deepEqual(await replay(fromFile(recording), work), result);
    assert.deepEqual([fn, kept, suits].map(({ cache }) => cache.stats().size), [0, 0, 0]);
    await kept.cache.close();
  },
);

test(
  "bypass() and replay() concern calls for many keys, by whatever way they are made",
  async () => {
    const asked: (readonly number[])[] = [];
    const squares = cacheMany((ids: readonly number[]) => {
      asked.push(ids);
      return Promise.resolve(ids.map((id) => id * id));
    }, { name: "squares" });
    let runs = 0;
    const fn = acache((x: number) => Promise.resolve(x + ++runs));
    await squares([1, 2]);
    assert.deepEqual(await bypass(() => squares([2, 3])), [4, 9]);
    assert.deepEqual(asked, [[1, 2], [2, 3]]);
    assert.deepEqual(await bypass(() => fn.cache.many([[1], [1]])), [2, 3]);
    const work = async () => [await squares([1, 4]), await fn.cache.many([[5], [6]]), await fn.cache.ref(7).get()];
    const { result, recording } = await record(work);
    assert.deepEqual(asked.at(-1), [4]);
    squares.cache.clear();
    fn.cache.clear();
    assert.deepEqual(await replay(fromFile(recording), work), result);
    assert.equal(asked.length, 3);
    await assert.rejects(replay(recording, () => squares([1, 9])), { code: "ERR_CACHE_REPLAY" });
  },
);

test("scopes nest: the innermost answers, and record() notes what the one around it gives", () => {
  let runs = 0;
  const fn = mcache((_: number) => ++runs);
  const { recording } = record(() => fn(1));
  assert.equal(bypass(() => replay(recording, () => fn(1))), 1);
  assert.equal(replay(recording, () => bypass(() => fn(1))), 2);
  const { result, recording: uncached } = bypass(() => record(() => [fn(1), fn(1)]));
  assert.deepEqual(result, [3, 4]);
  assert.deepEqual(replay(uncached, () => [fn(1), fn(1)]), [3, 4]);
  const outer = record(() => record(() => fn(1)));
  assert.deepEqual(outer.recording, outer.result.recording);
  assert.equal(withDefaults({ enabled: false }, () => replay(recording, () => fn(1))), 1);
  assert.equal(runs, 4);
});

test("replay() refuses what is no recording", () => {
  const fn = mcache((x: number) => x, { name: "damaged" });
  const { recording } = record(() => fn(1));
  const [call] = recording.calls;
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /it is none; record anew/],
    [[], /it is none; record anew/],
    [{ format: 2, calls: [] }, /its format is 2, and 1 is understood; record anew/],
    [{ format: 1, calls: [{ ...call, body: 1 }] }, /a call in it is damaged; record anew/],
    [{ format: 1, calls: [null] }, /a call in it is damaged; record anew/],
    [{ format: 1, calls: [{ ...call, times: 0 }] }, /a call in it is damaged; record anew/],
  ];
  for (const [given, message] of bad) {
    assert.throws(() => replay(given as Recording, () => fn(1)), (error: unknown) => {
      return error instanceof ConfigurationError && message.test(error.message);
    });
  }
  for (const body of ["2", { base64: "!" }]) {
    const forged = { format: 1, calls: [{ ...call!, body }] };
    assert.throws(
      () => replay(forged, () => fn(1)),
      /Cannot replay a call of "damaged": .* cannot be read; record anew/,
    );
  }
});
