import { readFileSync } from "node:fs";
import process from "node:process";

/** Imports each example that a list names and says what went wrong, by example: `run_examples.ts <list.json>`. */
const examples = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as [where: string, module: string][];
console.log = () => {};
const failures: Record<string, string> = {};
for (const [where, module] of examples) {
  try {
    await import(module);
  } catch (error) {
    failures[where] = error instanceof Error ? `${error.stack}` : String(error);
  }
}
process.stdout.write(`\n${JSON.stringify(failures)}`);
