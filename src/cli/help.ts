import type { Command } from "./command.ts";
import { type OptionHelp, type OptionName, OPTIONS } from "./options.ts";

/** The longest line of a text for people. */
const WIDTH = 96;

/** What the program can do. */
export function generalHelp(commands: readonly Command[]): string {
  const lines = commands.map(({ name, takes, about }) => [`${name} ${takes}`.trimEnd(), about] as const);
  return `twat-cache looks after the caches of @twat/cache that outlive their programs.

Usage: twat-cache <command> [options]

${listed(lines)}
Without options it looks at all of them in the system's folder for caches. --json is for programs,
--help after a command tells more of it.

It ends with 0 when all went well, 1 when something failed, and 2 when it was used wrongly.
`;
}

/** What one command does, and what it takes. */
export function commandHelp({ name, takes, about, details, options }: Command): string {
  const all: OptionName[] = [...options, "help"];
  const lines = all.map((option) => {
    const { value, short, about }: OptionHelp = OPTIONS[option];
    return [
      `--${option}${value === undefined ? "" : ` ${value}`}${short === undefined ? "" : `, -${short}`}`,
      about,
    ] as const;
  });
  return `twat-cache ${name}: ${about}

Usage: twat-cache ${`${name} ${takes}`.trimEnd()} [options]

${wrapped(details)}

${listed(lines)}`;
}

function listed(lines: readonly (readonly [name: string, about: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, about]) => `  ${name.padEnd(width)}  ${about}\n`).join("");
}

function wrapped(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + word.length >= WIDTH) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trimStart());
  }
  return lines.join("\n");
}
