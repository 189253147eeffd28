import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep } from "../../src/flow/next_step.ts";
import { type Age, type Aged, type Ageing, ageOf, calmUntil } from "../../src/policy/ageing.ts";
import { random } from "../random.ts";

const STAGES: readonly Age[] = ["fresh", "early", "revalidate", "fallback", "gone"];

/** Entries and ageing of all kinds: nothing stale, either span longer, early refresh by a part or by chance, no end. */
function anything(next: () => number): { readonly entry: Aged; readonly ageing: Ageing } {
  const span = () => next() < 0.3 ? 0 : Math.floor(next() * 1_000);
  const ageing: Ageing = {
    staleWhileRevalidate: span(),
    staleIfError: span(),
    refreshAhead: next() < 0.4 ? undefined : next() < 0.5 ? next() * 0.98 + 0.01 : { beta: next() * 4 + 0.01 },
  };
  const storedAt = 1_000_000 + Math.floor(next() * 1_000);
  const freshUntil = next() < 0.1 ? Infinity : storedAt + Math.floor(next() * 1_000);
  const goneAt = freshUntil + Math.max(ageing.staleWhileRevalidate, ageing.staleIfError) * (next() < 0.2 ? next() : 1);
  return { entry: { storedAt, freshUntil, goneAt, cost: Math.floor(next() * 200) }, ageing };
}

test("ageOf() only ever moves on with time, and changes exactly at the boundaries, in 20,000 random lives", () => {
  const next = random(41);
  for (let life = 0; life < 20_000; life++) {
    const { entry, ageing } = anything(next);
    const roll = next();
    const at = (now: number) => ageOf(entry, now, ageing, () => roll);
    const end = Number.isFinite(entry.goneAt) ? entry.goneAt : entry.storedAt + 2_000;
    const instants = [0, 0, 0, 0].map(() => entry.storedAt + next() * (end - entry.storedAt + 100));
    instants.push(entry.storedAt, entry.freshUntil, entry.goneAt, calmUntil(entry, ageing));
    const stages = instants.filter(Number.isFinite).sort((a, b) => a - b).map((now) => STAGES.indexOf(at(now)));
    for (const [place, stage] of stages.entries()) {
      assert.ok(place === 0 || stage >= stages[place - 1]!, `${JSON.stringify({ entry, ageing })} went back`);
    }
    if (Number.isFinite(entry.freshUntil)) {
      assert.ok(["revalidate", "fallback", "gone"].includes(at(entry.freshUntil)));
      const whileRevalidating = Math.min(entry.freshUntil + ageing.staleWhileRevalidate, entry.goneAt);
      if (whileRevalidating > entry.freshUntil) {
        assert.equal(at(entry.freshUntil), "revalidate");
        assert.notEqual(at(whileRevalidating), "revalidate");
      }
      if (entry.freshUntil > entry.storedAt) assert.ok(["fresh", "early"].includes(at(entry.freshUntil - 0.001)));
      assert.equal(at(entry.goneAt), "gone");
    }
    if (ageing.staleIfError === 0 && ageing.staleWhileRevalidate === 0 && Number.isFinite(entry.freshUntil)) {
      assert.equal(at(entry.freshUntil), "gone", "nothing stale is served by default");
    }
    if (ageing.refreshAhead === undefined) assert.notEqual(at(entry.storedAt), "early");
  }
});

test("ageOf() has an entry from more than a minute ahead of the clock be gone, because the clock was set back", () => {
  const entry = { storedAt: 100_000, freshUntil: 500_000, goneAt: 500_000, cost: 1 };
  const none: Ageing = { staleWhileRevalidate: 0, staleIfError: 0, refreshAhead: undefined };
  assert.equal(ageOf(entry, 40_000, none, Math.random), "fresh");
  assert.equal(ageOf(entry, 39_999, none, Math.random), "gone");
  assert.equal(ageOf({ ...entry, freshUntil: Infinity, goneAt: Infinity }, 0, none, Math.random), "fresh");
});

test("ageOf() with beta refreshes early as often as XFetch says: with probability e^-(left / (beta * cost))", () => {
  const next = random(5);
  const entry = { storedAt: 0, freshUntil: 10_000, goneAt: 10_000, cost: 100 };
  for (const [beta, left] of [[1, 50], [1, 100], [1, 300], [2, 100], [0.5, 100]] as const) {
    const ageing: Ageing = { staleWhileRevalidate: 0, staleIfError: 0, refreshAhead: { beta } };
    let early = 0;
    for (let roll = 0; roll < 20_000; roll++) if (ageOf(entry, 10_000 - left, ageing, next) === "early") early++;
    const expected = Math.exp(-left / (beta * 100));
    assert.ok(
      Math.abs(early / 20_000 - expected) < 0.015,
      `beta ${beta}, ${left} ms left: ${early / 20_000} ~ ${expected}`,
    );
  }
});

test("nextStep() returns, refreshes or computes as the age says, and runs nothing where nothing may run", () => {
  const next = random(43);
  for (let life = 0; life < 20_000; life++) {
    const { entry, ageing } = anything(next);
    const [now, roll] = [entry.storedAt + next() * 3_000, next()];
    const age = ageOf(entry, now, ageing, () => roll);
    const may = nextStep(entry, now, ageing, () => roll, true);
    const mayNot = nextStep(entry, now, ageing, () => roll, false);
    switch (age) {
      case "fresh":
        assert.deepEqual([may, mayNot], [{ do: "return", state: "fresh" }, { do: "return", state: "fresh" }]);
        break;
      case "early":
        assert.deepEqual(may, { do: "refresh", state: "fresh", because: "early" });
        assert.deepEqual(mayNot, { do: "return", state: "fresh" });
        break;
      case "revalidate":
        assert.deepEqual(may, { do: "refresh", state: "stale", because: "stale" });
        assert.deepEqual(mayNot, { do: "return", state: "stale" });
        break;
      case "fallback":
        assert.deepEqual(may, { do: "compute", because: "stale" });
        assert.deepEqual(mayNot, { do: "return", state: "stale" });
        break;
      case "gone":
        assert.deepEqual(may, mayNot);
        assert.equal(may.do, "compute");
    }
  }
  assert.deepEqual(nextStep(undefined, 0, anything(next).ageing, next, true), { do: "compute", because: "absent" });
});
