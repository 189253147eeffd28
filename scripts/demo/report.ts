import { stripVTControlCharacters } from "node:util";
import { bar } from "./progress.ts";
import type { CacheUse, Run } from "./run_once.ts";

/** What both processes did. */
export interface Demo {
  readonly runtime: string;
  readonly cold: Run;
  readonly warm: Run;
  /** How often the warm work fits into the time of the cold work. */
  readonly ratio: number;
  /** The same by the time of processors, which other work on the machine does not disturb. */
  readonly cpuRatio: number;
  /** How long the processes lived, start and end included, in milliseconds. */
  readonly processMs: { readonly cold: number; readonly warm: number };
  /** Whether both gave the same answers. */
  readonly same: boolean;
  readonly folder: string;
}

/** No line is longer. */
const WIDTH = 80;

/** What a person reads of a demo. */
export function report(demo: Demo, colour: boolean): string {
  const bold = (text: string) => colour ? `\x1b[1m${text}\x1b[22m` : text;
  const lines = [
    ...answerLines(demo.cold, bold),
    bold("Calls                        cold process                   warm process"),
    ...callLines(demo),
    "",
    bold("Work                    cold                             warm"),
    ...workLines(demo),
    "",
    bold(`Warm work is ${demo.ratio.toFixed(0)} x faster than cold work.`),
    ...wrap(
      `Work is all of the above, from listing the files to the last quote; starting the runtime and loading the program are not ` +
        `part of it. With them the processes took ${duration(demo.processMs.cold)} and ${
          duration(demo.processMs.warm)
        }. Time ` +
        `saved is what the hits cost when they were computed; what ran at the same time counts each.`,
    ),
    "",
    bold("Engines"),
    ...demo.warm.caches.flatMap(engineLines),
    "",
    "What was kept is in",
    `  ${demo.folder}`,
    ...wrap("It may be deleted at any time. Run the demo again to begin with an empty cache."),
  ];
  return lines.join("\n");
}

function answerLines({ answers, quotes }: Run, bold: (text: string) => string): string[] {
  return answers.flatMap(({ question, hits, related }) => [
    bold(cut(question)),
    ...hits.flatMap(({ title, path, line }) => {
      const place = `${path}:${line}`;
      const said = quotes[place] ?? "";
      const room = WIDTH - 4 - title.length;
      const head = place.length <= room
        ? [cut(`  ${title}  ${place}`)]
        : [cut(`  ${title}`), `    ${tail(place, WIDTH - 4)}`];
      return [...head, ...(said === "" ? [] : [cut(`    ${said}`)])];
    }),
    ...(hits.length === 0 ? ["  nothing was found; try other words"] : []),
    ...(hits[0] === undefined || hits[0].seeAlso.length === 0
      ? []
      : [cut(`  see also  ${hits[0].seeAlso.join(", ")}`)]),
    ...(related.length === 0
      ? []
      : [cut(`  like it   ${related.map((path) => path.replace(/^.*\/node_modules\//, "")).join(", ")}`)]),
    "",
  ]);
}

function callLines({ cold, warm }: Demo): string[] {
  const titles = ["calls", "runs", "hits", "saved", "calls", "runs", "hits", "saved"];
  const rows = cold.caches.map((use, index) => [use, warm.caches[index]!] as const);
  return [
    row("", titles),
    ...rows.map(([before, after]) => row(`${before.decorator} ${before.name}`, [...cells(before), ...cells(after)])),
  ];
}

function cells({ calls, executions, hits, savedMs }: CacheUse): string[] {
  return [
    ...[calls, executions, hits].map((count) => count.toLocaleString("en")),
    hits === 0 ? "-" : duration(savedMs),
  ];
}

function row(name: string, values: readonly string[]): string {
  const widths = [9, 8, 8, 8, 8, 6, 7, 9];
  return (name.padEnd(16) + values.map((value, index) => value.padStart(widths[index]!)).join("")).trimEnd();
}

function workLines({ cold, warm }: Demo): string[] {
  const most = cold.workMs;
  const line = (name: string, before: number, after: number) =>
    `${name.padEnd(16)}${duration(before).padStart(8)} ${bar(before / most, 24).padEnd(24)}${
      duration(after).padStart(8)
    } ${bar(after / most, 22) || "▏"}`.trimEnd();
  return [
    ...Object.entries(cold.stages).map(([stage, ms]) => line(stage, ms, warm.stages[stage] ?? 0)),
    line("all", cold.workMs, warm.workMs),
  ];
}

function engineLines({ decorator, name, engine, reason, refused, errors }: CacheUse): string[] {
  const first = `${`${decorator} ${name}`.padEnd(16)} ${engine.padEnd(12)} `;
  const because = wrap(reason, WIDTH - first.length);
  return [
    ...because.map((text, index) => (index === 0 ? first : " ".repeat(first.length)) + text),
    ...refused.flatMap(({ engine, reason }) =>
      wrap(`not ${engine}: ${reason}`, WIDTH - 17).map((text) => " ".repeat(17) + text)
    ),
    ...(errors === 0 ? [] : [`${" ".repeat(17)}errors: ${errors}`]),
  ];
}

/** A time with a unit, in three digits. */
export function duration(ms: number): string {
  if (ms >= 9_995) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 999.5) return `${(ms / 1000).toFixed(2)} s`;
  return ms < 0.5 ? "< 1 ms" : `${ms.toFixed(0)} ms`;
}

/** A line that is not too long, and that holds nothing that would move a terminal's cursor. */
function cut(text: string): string {
  // deno-lint-ignore no-control-regex
  const plain = stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
  return plain.length <= WIDTH ? plain : `${plain.slice(0, WIDTH - 3).trimEnd()}...`;
}

function tail(text: string, width: number): string {
  return text.length <= width ? text : `...${text.slice(3 - width)}`;
}

function wrap(text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
