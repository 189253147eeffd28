import assert from "node:assert/strict";
import { test } from "node:test";
import { InFlight } from "../src/flow/in_flight.ts";
import { outlast } from "../src/flow/outlast.ts";
import { doneWithin, endsPromises, hostWaitUntil } from "../src/runtime/requests.ts";
import { fakeGlobals } from "./engines/edge/fake_caches.ts";
import { gate } from "./gate.ts";

/* What is done where hosts end promises with requests, in parts. In real requests it is tested by edge.test.ts. */

const edge = fakeGlobals(true).globals;
const elsewhere = fakeGlobals().globals;

test("endsPromises() is told by a cache that all requests are given", () => {
  assert.equal(endsPromises(edge), true);
  for (const globals of [elsewhere, {}, { caches: null }, { caches: { default: undefined } }]) {
    assert.equal(endsPromises(globals), false);
  }
});

test("hostWaitUntil() does without what the host does not have", async () => {
  const keep = hostWaitUntil(edge)!;
  keep(Promise.resolve(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
});

test("hostWaitUntil() is there where promises end, and never lets an error out", async () => {
  assert.equal(hostWaitUntil(elsewhere), undefined);
  const kept: Promise<unknown>[] = [];
  let outside = false;
  const asked: string[] = [];
  const waitUntil = (work: Promise<unknown>) => {
    if (outside) throw new Error("there is no request");
    kept.push(work);
  };
  const getBuiltinModule = (name: string) => (asked.push(name), { waitUntil });
  const keep = hostWaitUntil({ ...edge, process: { getBuiltinModule } })!;
  keep(Promise.resolve(1));
  keep(Promise.reject(new Error("the function's own")));
  assert.deepEqual(await Promise.all(kept), [undefined, undefined]);
  outside = true;
  keep(Promise.resolve(2));
  assert.equal(kept.length, 2);
  assert.deepEqual(asked, ["cloudflare:workers"]);
});

test("doneWithin() waits as long as it takes where promises last, and for a while where they end", async () => {
  const slow = gate();
  setTimeout(() => slow.open(), 30);
  assert.equal(await doneWithin(slow.opened, 1, elsewhere), true);
  assert.equal(await doneWithin(Promise.reject(new Error("x")), 1, elsewhere), true);
  assert.equal(await doneWithin(Promise.reject(new Error("x")), 60_000, edge), true, "and leaves no timer behind");
  assert.equal(await doneWithin(new Promise(() => {}), 1, edge), false);
});

test("outlast() gives what a flight gives while its request lives, and its error as it is", async () => {
  const flights = new InFlight(true);
  for (const fails of [false, true]) {
    const flight = flights.start("k");
    const landing = gate<number>();
    flight.promise = landing.opened;
    const error = new Error("as it is");
    setTimeout(() => fails ? landing.fail(error) : landing.open(7), 1_600);
    const waiting = outlast(flights, "k", flight, (flight) => flight.promise!, () => assert.fail("it computed again"));
    if (fails) await assert.rejects(waiting, (thrown) => thrown === error);
    else assert.equal(await waiting, 7);
    flights.end("k", flight);
    assert.equal(flights.size, 0);
  }
});

test("outlast() computes once for all who wait for a flight that shows nothing", async () => {
  const flights = new InFlight(true);
  const dead = flights.start("k");
  dead.promise = new Promise(() => {});
  dead.rest();
  let runs = 0;
  const again = () => {
    runs++;
    const flight = flights.start("k");
    return flight.promise = new Promise((resolve) => setTimeout(() => resolve(`run ${runs}`), 50)).finally(() =>
      flights.end("k", flight)
    );
  };
  const share = ({ promise }: { promise: Promise<unknown> | undefined }) => promise!;
  const given = await Promise.all([1, 2, 3].map(() => outlast(flights, "k", dead, share, again)));
  assert.deepEqual(given, ["run 1", "run 1", "run 1"]);
  assert.equal(runs, 1);
  assert.equal(flights.size, 0);
});

test("outlast() takes a flight that lands late all the same, and the error of what runs in its place", async () => {
  const flights = new InFlight(true);
  const silent = flights.start("k");
  const landing = gate<string>();
  silent.promise = landing.opened;
  silent.rest();
  const again = () => {
    landing.open("late");
    return new Promise(() => {});
  };
  assert.equal(await outlast(flights, "k", silent, ({ promise }) => promise!, again), "late");
  const dead = flights.start("k");
  dead.promise = new Promise(() => {});
  dead.rest();
  const error = new Error("again");
  await assert.rejects(
    outlast(flights, "k", dead, ({ promise }) => promise!, () => {
      throw error;
    }),
    (thrown) => thrown === error,
  );
});

test("a flight beats nowhere but where promises end, and does without timers where there is no request", () => {
  const { setInterval } = globalThis;
  let set = 0;
  globalThis.setInterval = (() => {
    set++;
    throw new Error("no timers outside of a request");
  }) as never;
  try {
    new InFlight().start("k");
    assert.equal(set, 0);
    new InFlight(true).start("k").rest();
    assert.equal(set, 1);
  } finally {
    globalThis.setInterval = setInterval;
  }
});
