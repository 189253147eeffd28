import assert from "node:assert/strict";
import { test } from "node:test";
import { Collector } from "../browser/collector.ts";
import { textOf, type Told, type Unable } from "../browser/told.ts";

/** What a collector tells of the tests that `register` gives it: name, state, and why or what went wrong, in one line. */
async function told(register: (collector: Collector) => void, unable: readonly Unable[] = []): Promise<string[]> {
  const collector = new Collector();
  register(collector);
  const lines: string[] = [];
  await collector.run(unable, (item: Told) => {
    if (item.kind !== "case") return;
    const because = item.reason ?? item.failure?.replace(/\n\s+at .*/g, "").replaceAll("\n", ", ");
    lines.push(`${item.state} ${item.name}${because === undefined ? "" : `: ${because}`}`);
  });
  return lines;
}

test("Collector runs tests in order, one at a time, and tells of those that throw, reject or take too long", async () => {
  const running: string[] = [];
  const lines = await told((c) => {
    for (const name of ["one", "two"]) {
      void c.test(name, async () => {
        running.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running.push(`${name} ends`);
      });
    }
    void c.test("throws", () => {
      throw new TypeError("at once");
    });
    void c.test("rejects", () => Promise.reject(new Error("later", { cause: "a cause" })));
    void c.test("throws a word", () => Promise.reject("word"));
    void c.test("hangs", { timeout: 5 }, () => new Promise(() => {}));
    void c.test("empty");
  });
  assert.deepEqual(running, ["one begins", "one ends", "two begins", "two ends"]);
  assert.deepEqual(lines, [
    "passed one",
    "passed two",
    "failed throws: TypeError: at once",
    "failed rejects: Error: later, caused by a cause",
    "failed throws a word: word",
    "failed hangs: Error: did not end within 5 ms",
    "passed empty",
  ]);
});

test("Collector tells of leaves by their whole names, and of a parent that fails by itself", async () => {
  const lines = await told((c) => {
    c.describe("outer", () => {
      c.describe("inner", () => void c.test("deep", () => {}));
      void c.test("beside", () => {});
    });
    void c.test("parent", async (t) => {
      await t.test("first", () => {});
      await t.test("second", () => Promise.reject(new Error("own")));
      void t.test("nobody waits for it", async (t) => void await t.test("grandchild", () => {}));
    });
    void c.test("bad parent", async (t) => {
      await t.test("good child", () => {});
      throw new Error("afterwards");
    });
    void c.test("by the plain name", async () => void await c.test("child", () => {}));
  });
  assert.deepEqual(lines, [
    "passed outer > inner > deep",
    "passed outer > beside",
    "passed parent > first",
    "failed parent > second: Error: own",
    "passed parent > nobody waits for it > grandchild",
    "passed bad parent > good child",
    "failed bad parent: Error: afterwards",
    "passed by the plain name > child",
  ]);
});

test("Collector runs nothing of what is skipped or cannot pass, and tells why", async () => {
  const ran: string[] = [];
  const lines = await told((c) => {
    void c.test("skipped", { skip: "no such ability" }, () => void ran.push("skipped"));
    void c.test("skipped without a word", { skip: true }, () => void ran.push("skipped"));
    void c.test("not skipped", { skip: false }, () => void ran.push("not skipped"));
    void c.test("not skipped either", { skip: undefined }, async (t) => {
      await t.test("child", { skip: "too young" }, () => void ran.push("child"));
    });
    c.describe("suite", { skip: "no suites" }, () => void c.test("inside", () => void ran.push("inside")));
    c.describe("group", () => {
      void c.test("needs gc", () => void ran.push("needs gc"));
      void c.test("needs nothing", () => void ran.push("needs nothing"));
    });
  }, [{ test: "group > needs gc", because: "there is no gc" }]);
  assert.deepEqual(ran, ["not skipped", "needs nothing"]);
  assert.deepEqual(lines, [
    "skipped skipped: no such ability",
    "skipped skipped without a word",
    "passed not skipped",
    "skipped not skipped either > child: too young",
    "skipped suite: no suites",
    "skipped group > needs gc: there is no gc",
    "passed group > needs nothing",
  ]);
});

test("Collector runs hooks around what they were registered for, from the outside in and back", async () => {
  const steps: string[] = [];
  await told((c) => {
    for (const kind of ["before", "after", "beforeEach", "afterEach"] as const) {
      c.hook(kind, () => void steps.push(kind));
    }
    c.describe("suite", () => {
      c.hook("before", () => void steps.push("suite's before"));
      c.hook("after", () => void steps.push("suite's after"));
      c.hook("beforeEach", () => void steps.push("suite's beforeEach"));
      c.hook("afterEach", () => void steps.push("suite's afterEach"));
      void c.test("inside", (t) => {
        t.after(() => void steps.push("test's after"));
        c.hook("after", () => void steps.push("after of the test that runs"));
        steps.push("inside");
      });
    });
    void c.test("last", () => void steps.push("last"));
  });
  assert.deepEqual(steps, [
    ...["before", "suite's before", "beforeEach", "suite's beforeEach", "inside"],
    ...["test's after", "after of the test that runs", "suite's afterEach", "afterEach", "suite's after"],
    ...["beforeEach", "last", "afterEach", "after"],
  ]);
});

test("Collector fails every test of a suite whose before hook fails, and the tests around which another hook fails", async () => {
  const fail = () => Promise.reject(new Error("hook"));
  const ran: string[] = [];
  const lines = await told((c) => {
    c.describe("suite", () => {
      c.hook("before", fail);
      c.describe("inner", () => void c.test("deep", () => void ran.push("deep")));
      void c.test("flat", () => void ran.push("flat"));
    });
    c.describe("each", () => {
      c.hook("beforeEach", fail);
      void c.test("begun", () => void ran.push("begun"));
    });
    c.describe("ends", () => {
      c.hook("after", fail);
      void c.test("good", () => {});
    });
    void c.test("own", (t) => t.after(fail));
  });
  assert.deepEqual(ran, []);
  assert.deepEqual(lines, [
    "failed suite > inner > deep: a before hook failed: Error: hook",
    "failed suite > flat: a before hook failed: Error: hook",
    "failed each > begun: Error: hook",
    "passed ends > good",
    "failed ends > after hook: Error: hook",
    "failed own: Error: hook",
  ]);
});

test("Collector blames an error that nobody caught on the test that runs, or else on none, and loses no test", async () => {
  let late: (() => unknown) | undefined;
  const lines = await told((c) => {
    c.blame(new Error("before all"));
    void c.test("careless", () => {
      setTimeout(() => c.blame(new Error("stray")), 0);
      c.blame(new Error("stray"));
    });
    void c.test("careful", () => {});
    late = () => c.test("late", () => {});
    assert.throws(
      () => c.describe("waits", async () => await Promise.resolve()),
      /Cannot gather "waits": its body is asynchronous; make it plain/,
    );
  });
  assert.equal(lines[0]?.startsWith("failed careless: nobody caught: Error: stray"), true);
  assert.deepEqual(lines.slice(1), [
    "passed careful",
    "failed an error that no test caught: Error: before all",
  ]);
  assert.throws(() => late?.(), /Cannot add "late": the tests of this file have ended/);
});

test("textOf() tells message and stack once, whatever the runtime puts into a stack", () => {
  const error = new Error("what");
  error.stack = "Error: what\n    at a.ts:1:2";
  assert.equal(textOf(error), "Error: what\n    at a.ts:1:2");
  error.stack = "    at a.ts:1:2";
  assert.equal(textOf(error), "Error: what\n    at a.ts:1:2");
  assert.equal(textOf(undefined), "undefined");
});
