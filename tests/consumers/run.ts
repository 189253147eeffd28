/**
 * Shows that the package works where people use it: packs it, publishes it to registries of npm and JSR on this machine, installs
 * it from there as the README says, and runs each program of this folder on each runtime it is for.
 *
 * `deno task consumers [--tarball=FILE] [names…]`: names choose the folders. With CI=true a runtime that is missing is a failure
 * unless scripts/allowed_skips.ts knows of it.
 */
import { allowedSkips } from "../../scripts/allowed_skips.ts";
import { consumers } from "./list.ts";
import { Workbench } from "./runner/workbench.ts";

const tarballFlag = "--tarball=";
const atOnce = 2;

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith("-"));
  const known = new Set(consumers.map(({ name }) => name));
  const stranger = args.find((arg) => arg.startsWith("-") ? !arg.startsWith(tarballFlag) : !known.has(arg));
  if (stranger !== undefined) {
    throw new Error(
      `Cannot show consumers: "${stranger}" is unknown; use ${[...known].join(", ")} or ${tarballFlag}FILE`,
    );
  }
  const chosen = consumers.filter(({ name }) => names.length === 0 || names.includes(name));
  const tarball = args.find((arg) => arg.startsWith(tarballFlag))?.slice(tarballFlag.length);

  const start = performance.now();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  await using bench = await Workbench.open(chosen, tarball);
  const waiting = [...chosen];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { name, on } = next;
      const lack = bench.lacks(next);
      if (lack !== undefined) {
        const isFailure = Deno.env.get("CI") === "true" && !isAllowed(`consumers/${name} works on ${on}`);
        counts[isFailure ? "failed" : "skipped"]++;
        const what = isFailure ? "FAILED, scripts/allowed_skips.ts does not allow to skip it" : "skipped";
        console.log(`${what}: ${name} on ${on}: ${lack}`);
        continue;
      }
      try {
        const shown = await bench.show(next);
        counts.passed++;
        console.log(`ok: ${name} on ${on}: ${shown}`);
      } catch (error) {
        counts.failed++;
        console.log(`FAILED: ${name} on ${on}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const rest = counts.skipped === 0 ? "" : `, ${counts.skipped} skipped`;
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} s`);
  console.log(`${counts.passed} passed, ${counts.failed} failed${rest}`);
  return counts.failed === 0 ? 0 : 1;
}

/** Whether the suite, too, may skip a consumer in CI. */
function isAllowed(title: string): boolean {
  return allowedSkips.some(({ file, test = "" }) => file === "tests/consumers.test.ts" && title.includes(test));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
