import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Job {
  readonly "runs-on": string;
  readonly "timeout-minutes": number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

const { Bun } = globalThis as { readonly Bun?: { readonly YAML?: { parse(text: string): unknown } } };

test("the workflows are YAML with steps and a time limit, and only jobs that publish may write anything", {
  skip: Bun?.YAML === undefined && "only Bun reads YAML by itself",
}, () => {
  const folder = new URL("../.github/workflows/", import.meta.url);
  for (const name of readdirSync(folder)) {
    const { on, permissions, jobs } = Bun!.YAML!.parse(readFileSync(new URL(name, folder), "utf8")) as Workflow;
    assert.ok(Object.keys(on).length > 0, name);
    for (const [id, job] of Object.entries(jobs)) {
      const where = `${name}: ${id}`;
      assert.ok(job["runs-on"] !== "" && job["timeout-minutes"] <= 60, where);
      assert.ok(job.steps.every(({ run, uses }) => (run === undefined) !== (uses === undefined)), where);
      const given = Object.entries(job.permissions ?? permissions).filter(([, access]) => access === "write");
      const publishes = job.steps.some(({ run = "" }) => /\bpublish\b/.test(run));
      assert.deepEqual(given, publishes ? [["id-token", "write"]] : [], where);
    }
  }
});
