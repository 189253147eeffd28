import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyName } from "../../../src/contract/store.ts";
import { orderOf } from "../../../src/policy/orders/order_of.ts";
import { random } from "../../random.ts";
import type { Node } from "../node.ts";
import { node } from "../node.ts";
import type { Known } from "../reference_orders.ts";
import { referenceOrders } from "../reference_orders.ts";

type Ordered = Exclude<PolicyName, "lru">;
const all: readonly Ordered[] = ["lfu", "fifo", "lifo", "mru", "rr", "ttl", "sieve", "s3fifo", "tinylfu"];

/** A store in miniature: tells the order what a memory store tells it, and lets a visitor see each step. */
function drive(policy: Ordered, steps: number, seed: number, room: number, see: Partial<Visitor> = {}): string[] {
  const order = orderOf<Node>(policy, random(seed + 1));
  const next = random(seed);
  const nodes = new Map<number, Node>();
  const left: string[] = [];
  for (let step = 0; step < steps; step++) {
    const chance = next();
    const key = Math.floor(next() ** 2 * room * 4);
    const known = nodes.get(key);
    const freshUntil = next() < 0.2 ? Infinity : step + Math.floor(next() * 50) * 10;
    if (known === undefined || chance < 0.1) {
      if (known !== undefined) {
        see.renewed?.(known, step, freshUntil);
        if (order.renewed === undefined) order.removed(known);
        else order.renewed(known);
        Object.assign(known, { storedAt: step, freshUntil, hits: 0 });
        if (order.renewed === undefined) order.added(known);
        continue;
      }
      if (nodes.size === room) {
        const victim = order.victim();
        assert.ok(victim && nodes.get(victim.key as number) === victim, "what leaves was there");
        nodes.delete(victim.key as number);
        left.push(`${victim.key}`);
        see.evicted?.(victim, step);
      }
      const added = node(key, step, freshUntil);
      nodes.set(key, added);
      order.added(added);
      see.added?.(added, step);
    } else if (chance < 0.17) {
      nodes.delete(key);
      order.removed(known);
      see.removed?.(known, step);
    } else {
      known.hits++;
      if (order.eager) order.touched(known);
      see.touched?.(known, step);
    }
  }
  for (let rest = nodes.size; rest > 0; rest--) {
    const victim = order.victim();
    assert.ok(victim && nodes.delete(victim.key as number), "everybody leaves once");
  }
  assert.equal(order.victim(), undefined);
  return left;
}

interface Visitor {
  added(node: Node, step: number): void;
  touched(node: Node, step: number): void;
  removed(node: Node, step: number): void;
  renewed(node: Node, step: number, freshUntil: number): void;
  evicted(node: Node, step: number): void;
}

describe("orderOf()", () => {
  for (const policy of Object.keys(referenceOrders) as Ordered[]) {
    it(`evicts as a naive ${policy} does in 10,000 random steps`, () => {
      for (const [seed, room] of [[1, 3], [2, 20], [3, 61]] as const) {
        const reference = referenceOrders[policy]!();
        const known = new Map<Node, Known>();
        const find = (node: Node): Known => known.get(node)!;
        let evictions = 0;
        drive(policy, 10_000, seed, room, {
          added(node, step) {
            const { storedAt, freshUntil } = node;
            const one = { node, key: node.key as number, storedAt, freshUntil, addedAt: step, usedAt: step, hits: 0 };
            known.set(node, one);
            reference.added(one);
          },
          touched(node, step) {
            Object.assign(find(node), { usedAt: step, hits: find(node).hits + 1 });
            reference.touched(find(node));
          },
          removed: (node) => reference.removed(find(node)),
          renewed(node, step, freshUntil) {
            const one = find(node);
            if (reference.renewed !== undefined) return reference.renewed(one);
            reference.removed(one);
            Object.assign(one, { storedAt: step, freshUntil, addedAt: step, usedAt: step, hits: 0 });
            reference.added(one);
          },
          evicted(node, step) {
            evictions++;
            assert.equal(reference.victim().key, node.key, `seed ${seed}, room ${room}, step ${step}`);
          },
        });
        assert.ok(evictions > 500, `${evictions} evictions`);
      }
    });
  }

  for (const policy of all) {
    it(`gives back each node of "${policy}" exactly once, and the same ones for the same seed`, () => {
      const left = drive(policy, 10_000, 11, 30);
      assert.ok(left.length > 500);
      assert.deepEqual(drive(policy, 10_000, 11, 30), left);
    });
  }

  it('leaves it to chance which node of "rr" goes, with equal chances', () => {
    const times = new Map<unknown, number>();
    const order = orderOf<Node>("rr", random(5));
    for (let key = 0; key < 10; key++) order.added(node(key));
    for (let turn = 0; turn < 10_000; turn++) {
      const gone = order.victim()!;
      times.set(gone.key, (times.get(gone.key) ?? 0) + 1);
      order.added(gone);
    }
    for (let key = 0; key < 10; key++) assert.ok(Math.abs(times.get(key)! - 1_000) < 150, `${key}: ${times.get(key)}`);
  });

  it('asks "rr" for no random number before something has to leave', () => {
    const order = orderOf<Node>("rr", () => assert.fail("too early"));
    order.added(node("a"));
    order.removed(node("a"));
  });

  it("lets hits of an order that is not eager be counted without telling it", () => {
    const eager = all.filter((policy) => orderOf(policy, Math.random).eager);
    assert.deepEqual(eager, ["lfu", "mru", "tinylfu"]);
  });
});
