/**
 * Runs the programs of this folder on Deno, Bun and Node, one after another, and prints one table.
 *
 * `deno task bench [--check] [--json FILE] [words…]`: words choose the programs whose file name holds one of them. `--check` exits
 * with 1 when a goal is missed or a program fails; `--json` also writes what was measured to a file.
 */
import { findRuntime, type RuntimeName } from "../scripts/matrix/runtimes.ts";
import { listFiles, root } from "../scripts/tree.ts";
import { amount, misses, type Result, type Table } from "./harness.ts";

const runtimes = ["deno", "bun", "node"] as const satisfies readonly RuntimeName[];

const launch: Readonly<Record<typeof runtimes[number], readonly string[]>> = {
  deno: ["run", "-A", "--unstable-kv"],
  bun: ["run"],
  node: ["--disable-warning=ExperimentalWarning"],
};

async function main(args: readonly string[]): Promise<number> {
  const json = args.indexOf("--json");
  const words = args.filter((arg, index) => !arg.startsWith("-") && (json < 0 || index !== json + 1));
  const programs = await findPrograms(words);
  if (programs.length === 0) {
    throw new Error(`Cannot bench: no program in bench/ holds ${words.join(" or ")}; check the words`);
  }

  const tables: Table[] = [];
  const failures: string[] = [];
  for (const name of runtimes) {
    const found = await findRuntime(name, true);
    if ("missing" in found) {
      failures.push(`${name}: ${found.missing}`);
      continue;
    }
    for (const program of programs) {
      console.log(`${name} ${found.version}: ${program}`);
      const result = await run(found.path, [...launch[name], program]);
      if (typeof result === "string") failures.push(`${name}: ${program} failed\n${result}`);
      else tables.push(...result);
    }
  }
  console.log(`\n${toOneTable(tables).join("\n")}\n`);
  if (json >= 0) await Deno.writeTextFile(args[json + 1] ?? "bench.json", `${JSON.stringify(tables, null, 2)}\n`);
  const missed = tables.flatMap((table) => misses(table).map((text) => `${table.runtime}: ${text}`));
  for (const text of missed) console.log(`missed on ${text}`);
  for (const text of failures) console.log(text);
  return args.includes("--check") && missed.length + failures.length > 0 ? 1 : 0;
}

/** The files of this folder that measure when they are run; the others are parts of them. */
async function findPrograms(words: readonly string[]): Promise<string[]> {
  const sources = (await listFiles("bench")).filter((path) => path.endsWith(".ts") && path !== "bench/main.ts");
  const isProgram = await Promise.all(
    sources.map(async (path) => (await Deno.readTextFile(new URL(path, root))).includes("if (import.meta.main)")),
  );
  return sources.filter((path, index) =>
    isProgram[index] === true && (words.length === 0 || words.some((word) => path.includes(word)))
  );
}

/** The tables that a program measures, or what it printed when it failed. */
async function run(command: string, args: readonly string[]): Promise<Table[] | string> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args, "--json", file],
      cwd: root,
      stdin: "null",
    }).output();
    const text = await Deno.readTextFile(file);
    if (success && text !== "") return JSON.parse(text);
    return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("").trim();
  } finally {
    await Deno.remove(file);
  }
}

/** One line a row and one a comparison, one column a runtime. */
function toOneTable(tables: readonly Table[]): string[] {
  const titles = [...new Set(tables.map(({ title }) => title))];
  const columns = [...new Map(tables.map(({ runtime, version }) => [runtime, `${runtime} ${version}`]))];
  const lines = titles.flatMap((title) => {
    const of = new Map(tables.filter((table) => table.title === title).map((table) => [table.runtime, table.results]));
    const names = [...new Set([...of.values()].flatMap((results) => results.map(({ name }) => name)))];
    return [
      [title],
      ...names.flatMap((name) => {
        const results = columns.map(([runtime]) => of.get(runtime)?.find((result) => result.name === name));
        const others = new Set(results.flatMap((result) => result?.comparisons.map(({ against }) => against) ?? []));
        return [
          [`  ${name}`, ...results.map((result) => result === undefined ? "-" : amount(result))],
          ...[...others].map((against) => [`    × ${against}`, ...results.map((result) => compared(result, against))]),
        ];
      }),
    ];
  });
  const all = [["", ...columns.map(([, title]) => title)], ...lines];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((line) => line.length > 1 ? line[column]?.length ?? 0 : 0))
  );
  return all.map((line) => line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join("  ").trimEnd());
}

function compared(result: Result | undefined, other: string): string {
  const comparison = result?.comparisons.find(({ against }) => against === other);
  if (comparison === undefined) return "-";
  const { ratio, goal } = comparison;
  if (goal === undefined) return ratio.toFixed(2);
  return `${ratio.toFixed(2)} ${ratio <= goal ? `≤ ${goal.toFixed(2)}` : `> ${goal.toFixed(2)} MISSED`}`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
