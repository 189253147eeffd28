import type { Engine } from "../src/contract/engine.ts";

/** The engines as a table in Markdown, from what they declare. */
export function engineTable(engines: readonly Engine[]): string {
  const rows = [
    ["engine", "keeps values", "functions", "outlives the process", "shared", "hands out"],
    ...engines.map((engine) => [
      `\`${engine.name}\``,
      engine.keeps,
      SERVES[engine.mode],
      engine.persistent ? "yes" : "no",
      engine.shared ? "yes" : "no",
      HELD[engine.holds],
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
  return [lines[0], `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...lines.slice(1)].join("\n");
}

const SERVES: Readonly<Record<Engine["mode"], string>> = {
  sync: "sync and async",
  both: "sync and async",
  async: "async",
};

const HELD: Readonly<Record<Engine["holds"], string>> = {
  references: "the value itself",
  clones: "a copy",
  bytes: "a copy",
};
