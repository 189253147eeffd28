import { nearestName } from "../../src/nearest_name.ts";

/** What somebody asks of the demo. */
export interface DemoOptions {
  readonly help: boolean;
  readonly json: boolean;
  /** The folder for the cache, in place of the system's. */
  readonly folder?: string | undefined;
  /** Questions of one's own. */
  readonly queries: readonly string[];
  /** Files at most. */
  readonly limit?: number | undefined;
  /** Set in the processes that the demo starts: which run this is. */
  readonly run?: "cold" | "warm" | undefined;
}

/** What `--help` prints. */
export const usage = `Usage: deno task demo [options]
       bun scripts/demo.ts [options]
       node scripts/demo.ts [options]

Indexes the documentation and type declarations of the installed packages,
answers questions from them, and does it again in a second process, which finds
what the first one kept.

  --folder DIR    keep the cache in DIR instead of the system's cache folder
  --query TEXT    ask this instead of the samples; may be given several times
  --limit N       read N files at most
  --json          print what happened as JSON
  --help          print this`;

const names = ["--folder", "--query", "--limit", "--json", "--help"];

/** Reads the arguments. Throws a `TypeError` that says what is wrong with them. */
export function readOptions(args: readonly string[]): DemoOptions {
  const options: { -readonly [Name in keyof DemoOptions]: DemoOptions[Name] } = {
    help: false,
    json: false,
    queries: [],
  };
  const waiting = [...args];
  for (let arg = waiting.shift(); arg !== undefined; arg = waiting.shift()) {
    const [, name = arg, joined] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? [];
    const value = (): string => {
      const given = joined ?? waiting.shift();
      if (given === undefined || given === "" || (joined === undefined && given.startsWith("--"))) {
        throw new TypeError(`${name} has no value`);
      }
      return given;
    };
    if (joined !== undefined && (name === "--json" || name === "--help")) throw new TypeError(`${name} takes no value`);
    switch (name) {
      case "--help":
        options.help = true;
        break;
      case "--json":
        options.json = true;
        break;
      case "--folder":
        options.folder = value();
        break;
      case "--query":
        options.queries = [...options.queries, value()];
        break;
      case "--limit":
        options.limit = readLimit(value());
        break;
      case "--run":
        options.run = value() === "warm" ? "warm" : "cold";
        break;
      default:
        throw new TypeError(stranger(name));
    }
  }
  return options;
}

function readLimit(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new TypeError(`--limit is "${text}", which is not a whole number above 0`);
  return Number(text);
}

function stranger(name: string): string {
  if (!name.startsWith("-")) return `"${name}" is not an option; to ask something, write --query "${name}"`;
  const nearest = nearestName(name, names);
  return `"${name}" is unknown${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}
