import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { report, runtime, type Table } from "./harness.ts";

/** The work of the demo's second process compared with that of the first, by its own account. */
function demo(): Table {
  const folder = mkdtempSync(join(tmpdir(), "twat-bench-"));
  try {
    const script = fileURLToPath(new URL("../scripts/demo.ts", import.meta.url));
    const flags = runtime === "deno" ? ["run", "-A", "--quiet"] : [];
    const said = execFileSync(process.execPath, [...flags, script, "--json", "--folder", folder], { encoding: "utf8" });
    const { ratio, processMs } = JSON.parse(said) as { ratio: number; processMs: { cold: number; warm: number } };
    const version = process.versions[runtime] ?? process.version;
    const results = [
      { name: "cold process", ns: processMs.cold * 1e6, comparisons: [] },
      {
        name: "warm process",
        ns: processMs.warm * 1e6,
        comparisons: [{ against: "the cold one's work", ratio: 1 / ratio, goal: 1 / 20 }],
      },
    ];
    return { title: "Demo, cold and warm", runtime, version, results };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) report([demo()]);
