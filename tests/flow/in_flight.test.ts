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

test("InFlight keeps nested flights of one key and fences them all", () => {
  const flights = new InFlight();
  const outer = flights.start("a");
  const inner = flights.start("a");
  flights.end("a", inner);
  assert.equal(flights.get("a"), outer);
  const again = flights.start("a");
  flights.fenceAll();
  assert.deepEqual([outer.fenced, inner.fenced, again.fenced], [true, false, true]);
  assert.equal(flights.size, 0);
});
