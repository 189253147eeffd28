import type { Globals } from "../contract/engine.ts";
import { ConfigurationError } from "../errors.ts";
import { builtin } from "../runtime/abilities.ts";

/** An option as the help shows it. */
export interface OptionHelp {
  readonly type: "boolean" | "string";
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly short?: string;
  readonly about: string;
}

/** Every option of every command. */
export const OPTIONS = {
  folder: { type: "string", value: "<name>", about: "only this folder, the folderName of its caches" },
  engine: { type: "string", value: "<name>", about: "only sqlite, files or deno_kv" },
  "cache-dir": {
    type: "string",
    value: "<path>",
    about: "where caches lie, in place of $TWAT_CACHE_DIR and the system's folder",
  },
  url: {
    type: "string",
    value: "<address>",
    about: "a server in place of this machine, such as redis://localhost:6379",
  },
  raw: { type: "boolean", about: "the text or the bytes as they are, and nothing else" },
  all: { type: "boolean", about: "every cache that the options above leave" },
  "remove-files": { type: "boolean", about: "with --all: the folders themselves, as long as this library made them" },
  "max-age": { type: "string", value: "<span>", about: 'also what was stored longer ago, such as "7d"' },
  "max-size": {
    type: "string",
    value: "<number>",
    about: "also what is beyond so many entries a cache, used last long ago",
  },
  "max-bytes": { type: "string", value: "<size>", about: 'also what is beyond so many bytes a cache, such as "1GB"' },
  "to-engine": { type: "string", value: "<name>", about: "the engine that is to have the entries" },
  "to-folder": { type: "string", value: "<name>", about: "the folder that is to have them; the same unless given" },
  "to-cache-dir": { type: "string", value: "<path>", about: "where that folder lies; the same place unless given" },
  "to-url": { type: "string", value: "<address>", about: "the server that is to have them" },
  overwrite: {
    type: "string",
    value: "<which>",
    about: "newer (unless given), always or never: what replaces one that is there",
  },
  time: {
    type: "string",
    value: "<span>",
    about: "how long each engine is measured for each operation; 250ms unless given",
  },
  json: { type: "boolean", about: "JSON for programs: instants in epoch milliseconds, null for never" },
  help: { type: "boolean", short: "h", about: "this text" },
} as const satisfies Readonly<Record<string, OptionHelp>>;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** What was asked for: the words that are no options, and the options that were given. */
export interface Order {
  readonly words: readonly string[];
  readonly options: { readonly [K in OptionName]?: (typeof OPTIONS)[K]["type"] extends "boolean" ? boolean : string };
}

interface Util {
  parseArgs?(config: object): { readonly values: object; readonly positionals: string[] };
}

/** Reads the arguments of a command line. Throws a `ConfigurationError` for an option that there is not. */
export function parseOrder(args: readonly string[]): Order {
  const parseArgs = builtin<Util>(globalThis as unknown as Globals, "node:util")?.parseArgs;
  if (parseArgs === undefined) {
    throw new ConfigurationError("Cannot read the command: this runtime has no node:util; use Deno, Bun or Node 20.16");
  }
  const options = Object.fromEntries(
    Object.entries<OptionHelp>(OPTIONS).map(([name, { type, short }]) => [name, short ? { type, short } : { type }]),
  );
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    return { words: positionals, options: values };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`Cannot read the command: ${said}; see twat-cache --help`, { cause: error });
  }
}
