import { measureSize, programs, type Size } from "../../../bench/size.ts";
import type { Consumer } from "../runner/consumer.ts";

/** What is written down, in bytes. It is lowered when a size shrinks, and raised only with a reason. */
const path = "tests/consumers/bundlers/budget.json";
const budget: Readonly<Record<string, Size>> = JSON.parse(
  await Deno.readTextFile(new URL("../bundlers/budget.json", import.meta.url)),
);

export const sizes: Consumer = {
  name: "bundlers",
  on: "esbuild, for size",
  needs: [],
  async show({ install }) {
    const folder = await install("npm");
    const shown: string[] = [];
    const faults: string[] = [];
    for (const [name, { code }] of Object.entries(programs)) {
      const size = await measureSize(code, folder);
      for (const part of ["initial", "whole"] as const) {
        const allowed = budget[name]?.[part] ?? 0;
        if (size[part] > allowed) faults.push(`${name}, ${part}: ${size[part]} bytes; ${path} allows ${allowed}`);
      }
      const isLoose = size.initial < 0.9 * (budget[name]?.initial ?? 0);
      shown.push(
        `${name} ${kilo(size.initial)} first, ${kilo(size.whole)} as one script${isLoose ? "; lower its budget" : ""}`,
      );
    }
    if (faults.length > 0) throw new Error(`grew: ${faults.join("; ")}`);
    return shown.join("; ");
  },
};

function kilo(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
