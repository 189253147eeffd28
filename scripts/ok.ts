/** Runs every check that needs no test run, two at a time, and shows the whole output of those that fail. */
import { root } from "./tree.ts";

const checks: readonly (readonly [name: string, ...args: string[]])[] = [
  ["types", "check", "mod.ts", "src", "engines", "tests", "scripts", "bench"],
  [
    "examples",
    "check",
    "--doc-only",
    "README.md",
    "mod.ts",
    "src/**/*.ts",
    "engines/**/*.ts",
    "tests/testing.ts",
    "tests/contract/*.ts",
  ],
  ["publishing", "publish", "--dry-run", "--allow-dirty", "--no-check"],
  ["docs", "run", "-A", "scripts/check_docs.ts"],
  ["layers", "run", "-A", "scripts/check_layers.ts"],
  ["lint", "lint"],
  ["links", "run", "-A", "scripts/check_links.ts"],
  ["tests", "run", "-A", "scripts/check_tests.ts"],
  ["workflows", "run", "-A", "scripts/check_workflows.ts"],
  ["readme", "run", "-A", "scripts/write_readme.ts", "--check"],
  ["manifests", "run", "-A", "scripts/check_manifests.ts"],
  ["format", "fmt", "--check"],
];

const env: Record<string, string> = Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" };
const waiting = [...checks];
const failed: string[] = [];

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const [name, ...args] = check;
    const start = performance.now();
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root, env }).output();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${success ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (success) continue;
    failed.push(name);
    await Deno.stdout.write(stdout);
    await Deno.stdout.write(stderr);
  }
}

await Promise.all([work(), work()]);
if (failed.length > 0) {
  console.error(`not ok: ${failed.join(", ")}`);
  Deno.exit(1);
}
