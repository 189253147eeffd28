import assert from "node:assert/strict";
import { test } from "node:test";
import { startWorkers, type Worker } from "./engines/edge/workerd.ts";

/* Requests to a Worker in the real workerd for results that flow, which must not cross requests. */

const [plain] = await startWorkers(["flow"]) as [Worker];
const [node] = await startWorkers(["flow-node"], ["nodejs_compat"]) as [Worker];

const runsOf = async (worker: Worker) => (JSON.parse((await worker.ask("/")).text) as { runs: number }).runs;
const whole = (key: string) => new RegExp(`^(${key}:\\d+:)0 \\1?1 \\1?2 \\1?3 $`);

for (const [flavour, worker] of Object.entries({ plain, "nodejs_compat": node })) {
  for (const how of ["", "&unkept"]) {
    test(`a request that comes while a result flows for another reads one of its own, ${flavour}${how}`, async () => {
      const key = `k${flavour.length}${how.length}`;
      const asked = `/parts?key=${key}${how}`;
      const leader = worker.ask(asked, 250);
      await new Promise((resolve) => setTimeout(resolve, 120));
      const answers = await Promise.all([worker.ask(asked), worker.ask(asked)]);
      assert.equal((await leader).status, 499, "the first request was given up");
      for (const { status, text } of answers) {
        assert.equal(status, 200, text);
        assert.match(text, whole(key));
      }
    });

    test(`a result that flowed to its end in a request is kept for others, ${flavour}${how}`, async () => {
      const asked = `/parts?key=whole${how}`;
      const { text } = await worker.ask(asked);
      const runs = await runsOf(worker);
      const answers = await Promise.all([worker.ask(asked), worker.ask(asked)]);
      assert.deepEqual(answers.map(({ text }) => text), [text, text]);
      assert.equal(await runsOf(worker), runs);
    });
  }
}
