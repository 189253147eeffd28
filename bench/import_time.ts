import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { pack } from "../scripts/pack.ts";
import { root } from "../scripts/tree.ts";
import { type Comparison, report, runtime, type Table } from "./harness.ts";

const [peer, own] = ["idb-keyval", "@twat/cache"];

/** What a process that imports the packed package takes longer than an empty one, beside what `idb-keyval` adds to one. */
async function importTime(rounds = 41): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), "twat-bench-"));
  try {
    const app = join(folder, "app");
    const installed = join(app, "node_modules");
    mkdirSync(join(installed, "@twat"), { recursive: true });
    await pack(folder);
    cpSync(join(folder, "npm"), join(installed, own), { recursive: true });
    for (const name of [peer, "lru-cache"]) {
      const from = fileURLToPath(new URL(`node_modules/${name}`, root));
      cpSync(from, join(installed, name), { recursive: true, dereference: true });
    }
    // Deno imports what a manifest names. The empty script has none beside it, since it imports nothing.
    writeFileSync(join(app, "package.json"), JSON.stringify({ dependencies: { [peer]: "*", [own]: "*" } }));
    const scripts = [join(folder, "empty.mjs"), join(app, "theirs.mjs"), join(app, "ours.mjs")];
    ["", `import "${peer}";\n`, `import "${own}";\n`].forEach((text, index) => writeFileSync(scripts[index]!, text));

    const spent: number[][] = scripts.map(() => []);
    for (let round = -2; round < rounds; round++) {
      for (let turn = 0; turn < scripts.length; turn++) {
        const index = (turn + round + 2) % scripts.length;
        const ms = timeProcess(scripts[index]!);
        if (round >= 0) spent[index]!.push(ms);
      }
    }
    const [empty, theirs, ours] = spent as [number[], number[], number[]];
    const above = (times: readonly number[]) => median(times.map((ms, round) => ms - empty[round]!)) * 1e6;
    const result = (name: string, ns: number, comparisons: readonly Comparison[] = []) => ({ name, ns, comparisons });
    const against = `import of ${peer}`;
    return {
      title: "Import from npm, the process above an empty one",
      runtime,
      version: process.versions[runtime] ?? process.version,
      results: [
        result("empty process", median(empty) * 1e6),
        result(against, above(theirs)),
        result(`import of ${own}`, above(ours), [{ against, ratio: above(ours) / above(theirs), goal: 2 }]),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function timeProcess(script: string): number {
  const args = runtime === "deno" ? ["run", "--quiet", script] : [script];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: dirname(script), encoding: "utf8" });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`Cannot time an import: the process ended with ${status}; it said: ${stderr}`);
  return ms;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1]!;
}

if (import.meta.main) report([await importTime()]);
