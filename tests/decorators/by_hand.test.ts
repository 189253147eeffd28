import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError, mcache } from "../../mod.ts";
import { collectGarbage } from "../collect_garbage.ts";

const decorate = mcache as unknown as (member: unknown, context: object) => (...args: unknown[]) => unknown;

test("a decorator on a field, accessor, setter or class is refused by name", () => {
  for (const kind of ["field", "accessor", "setter", "class"]) {
    assert.throws(
      () => decorate(() => {}, { kind, name: "it", static: false, private: false }),
      (error: ConfigurationError) => {
        assert.ok(error instanceof ConfigurationError);
        assert.match(error.message, new RegExp(`Cannot decorate ${kind} "it" with mcache`));
        return true;
      },
    );
  }
});

test("decorated instances are collected after use", async () => {
  class Thing {
    declare work: (x: number) => number;
  }
  Object.defineProperty(Thing.prototype, "work", {
    value: decorate((x: number) => x, { kind: "method", name: "work", static: false, private: false }),
  });
  const held: WeakRef<object>[] = [];
  (() => {
    for (let index = 0; index < 10_000; index++) {
      const thing = new Thing();
      thing.work(index);
      held.push(new WeakRef(thing));
    }
  })();
  const left = () => held.filter((ref) => ref.deref() !== undefined).length;
  await collectGarbage(() => left() < 10);
  assert.ok(left() < 10, `${left()} of 10,000 instances are left`);
});

test("mcache() says what to do when it is given something that is no function", () => {
  assert.throws(
    () =>
      (mcache as unknown as (x: unknown, y: unknown) => unknown)({}, {}) &&
      (mcache({}) as unknown as (x: unknown) => unknown)("text"),
    {
      name: "ConfigurationError",
      message: /Cannot wrap a string with mcache: it is not a function/,
    },
  );
});
