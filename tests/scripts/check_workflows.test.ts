import assert from "node:assert/strict";
import { test } from "node:test";
import { checkWorkflows } from "../../scripts/check_workflows.ts";

const workflow = `
permissions:
  contents: read
jobs:
  ok:
    steps:
      - uses: actions/checkout@v7
      - run: deno task ok
`;
const page = "# Contributing\n\n## What CI runs\n\n`deno task ok`, always.\n\n## Other\n\n`deno task fix`\n";
const faultsOf = (workflow: string, page: string) =>
  checkWorkflows({
    workflows: new Map([["w.yml", workflow]]),
    pages: new Map([["CONTRIBUTING.md", page]]),
    tasks: ["ok", "fix", "release:check"],
  });

test("checkWorkflows() finds nothing when CI runs what is there and what is said", () => {
  assert.deepEqual(faultsOf(workflow, page), []);
});

test("checkWorkflows() tells of tasks that are not there, of what CI runs unsaid and of what it is said to run", () => {
  assert.match(
    faultsOf(workflow, `${page}npx -y deno@2 task fxi`)[0] ?? "",
    /calls deno task fxi, which is not in deno\.json/,
  );
  assert.deepEqual(faultsOf(`${workflow}      - run: deno task release:check\n`, page), [
    "CONTRIBUTING.md does not say that CI runs deno task release:check",
  ]);
  assert.deepEqual(faultsOf(workflow, page.replace("always", "then `deno task fix`")), [
    "CONTRIBUTING.md says that CI runs deno task fix, which it does not",
  ]);
});

test("checkWorkflows() wants actions pinned to a major version, and permissions said", () => {
  assert.match(faultsOf(workflow.replace("@v7", "@main"), page)[0] ?? "", /pin it to a major version/);
  assert.match(faultsOf(workflow.replace("permissions", "env"), page)[0] ?? "", /say which it needs/);
});
