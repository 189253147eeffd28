import assert from "node:assert/strict";
import { test } from "node:test";
import { InFlight } from "../../src/flow/in_flight.ts";

test("InFlight fence() marks what is running and takes it off the table", () => {
  const flights = new InFlight();
  const flight = flights.start("a");
  const other = flights.start("b");
  flights.fence("a");
  assert.equal(flight.fenced, true);
  assert.equal(other.fenced, false);
  assert.equal(flights.get("a"), undefined);
  flights.end("a", flight);
  assert.equal(flights.size, 1);
});

test("InFlight end() of a fenced flight leaves the one that came after it", () => {
  const flights = new InFlight();
  const first = flights.start("a");
  flights.fence("a");
  const second = flights.start("a");
  flights.end("a", first);
  assert.equal(flights.get("a"), second);
});

test("InFlight keeps a flight behind hits apart, and fences both", () => {
  const flights = new InFlight();
  const [behind, other] = [flights.startBehind("a"), flights.start("b")];
  assert.equal(flights.get("a"), undefined);
  assert.equal(flights.behind("a"), behind);
  const before = flights.start("a");
  flights.fenceAll();
  assert.deepEqual([behind.fenced, before.fenced, other.fenced], [true, true, true]);
  assert.equal(flights.size, 0);
});

test("InFlight putBehind() lets a flight go on that new callers do not wait for", () => {
  const flights = new InFlight();
  const flight = flights.start("a");
  flights.putBehind("a", flight);
  assert.equal(flights.get("a"), undefined);
  assert.equal(flights.behind("a"), flight);
  flights.end("a", flight);
  assert.equal(flights.size, 0);
});

test("Flight leave() says when nobody waits any more, unless one stays", () => {
  const [left, held] = [new InFlight().start("a"), new InFlight().start("a")];
  left.enter();
  left.enter();
  assert.deepEqual([left.leave(), left.leave()], [false, true]);
  held.enter();
  held.hold();
  assert.equal(held.leave(), false);
});
