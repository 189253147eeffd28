import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../../src/contract/entry.ts";
import { WriteOrder } from "../../src/flow/write_order.ts";
import { gate } from "../gate.ts";

const entry = { body: 1 } as unknown as Entry;

test("WriteOrder run() starts a write only after the one before it on the same key", async () => {
  const order = new WriteOrder();
  const seen: string[] = [];
  const first = gate();
  const a = order.run("k", entry, async () => (await first.opened, seen.push("set")));
  const b = order.run("k", undefined, () => seen.push("delete"));
  const c = order.run("other", undefined, () => seen.push("other"));
  assert.equal(c, 1);
  first.open();
  await Promise.all([a, b]);
  assert.deepEqual(seen, ["other", "set", "delete"]);
});

test("WriteOrder latest() gives what was written last while it is on its way", async () => {
  const order = new WriteOrder();
  const first = gate();
  assert.equal(order.latest("k"), undefined);
  const set = order.run("k", entry, () => first.opened);
  assert.equal(order.latest("k"), entry);
  const gone = order.run("k", undefined, () => {});
  assert.equal(order.latest("k"), "absent");
  first.open();
  await Promise.all([set, gone]);
  await order.idle();
  await Promise.resolve();
  assert.equal(order.latest("k"), undefined);
});

test("WriteOrder goes on after a write that failed", async () => {
  const order = new WriteOrder();
  const first = gate();
  const failing = order.run("k", entry, async () => {
    await first.opened;
    throw new Error("disk");
  });
  const next = order.run("k", undefined, () => "done");
  first.open();
  await assert.rejects(failing as Promise<unknown>, /disk/);
  assert.equal(await next, "done");
});

test("WriteOrder runAlone() waits for all others, and readers see nothing meanwhile", async () => {
  const order = new WriteOrder();
  const seen: string[] = [];
  const first = gate();
  const second = gate();
  const set = order.run("k", entry, async () => (await first.opened, seen.push("set")));
  const cleared = order.runAlone(async () => (await second.opened, seen.push("clear")));
  assert.equal(order.latest("k"), "absent");
  assert.equal(order.latest("never written"), "absent");
  const late = order.run("k", entry, () => seen.push("late"));
  assert.equal(order.latest("k"), entry);
  first.open();
  second.open();
  await Promise.all([set, cleared, late]);
  assert.deepEqual(seen, ["set", "clear", "late"]);
});
