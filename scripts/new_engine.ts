/**
 * Writes a new engine and its test, and says what else to edit: `deno task new:engine NAME`.
 *
 * What is written works at once, over a map, so that each step from there to the real storage can be tried.
 */
import { access, writeFile } from "node:fs/promises";
import { root } from "./tree.ts";

/** Writes `engines/NAME.ts` and `tests/engines/NAME.test.ts` below a folder; returns what is to be done by hand. */
export async function newEngine(name: string, folder: URL = root): Promise<string> {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    throw new Error(
      `Cannot make an engine "${name}": its name is no snake_case; take letters a-z, digits and single "_"`,
    );
  }
  const files = [[`engines/${name}.ts`, engineSource(name)], [
    `tests/engines/${name}.test.ts`,
    testSource(name),
  ]] as const;
  for (const [path] of files) {
    if (await exists(new URL(path, folder))) {
      throw new Error(`Cannot make an engine "${name}": ${path} is there already; choose another name`);
    }
  }
  for (const [path, text] of files) await writeFile(new URL(path, folder), text, { flag: "wx" });
  return toDo(name);
}

async function exists(file: URL): Promise<boolean> {
  return await access(file).then(() => true, () => false);
}

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const pascal = (name: string): string => camel(name).replace(/^\w/, (letter) => letter.toUpperCase());

function engineSource(name: string): string {
  const [variable, type] = [camel(name), pascal(name)];
  return `import type { Engine, OpenOptions } from "../src/contract/engine.ts";
import type { Body, Entry, Listed } from "../src/contract/entry.ts";
import type { AsyncStore, Usage } from "../src/contract/store.ts";
import { ResourceError } from "../src/errors.ts";

// FILL IN: what is used of the driver. A map will do until the real one is here.
/** What is used of the driver. */
export type ${type}Driver = Pick<Map<string, Entry<Body>>, "get" | "set" | "delete" | "entries">;

type Connect = (options: OpenOptions) => ${type}Driver | Promise<${type}Driver>;

const CLOSED = 'Cannot use a store of engine "${name}": it is closed; open another';

/**
 * Keeps entries FILL IN.
 *
 * @example
 * \`\`\`ts
 * import assert from "node:assert/strict";
 * import { ${variable} } from "@twat/cache/${name.replaceAll("_", "-")}";
 * assert.equal(${variable}.name, "${name}");
 * \`\`\`
 */
export const ${variable}: Engine = ${variable}Over(() => new Map());

/** Makes the engine over a driver. Tests hand in one of their own. */
export function ${variable}Over(connect: Connect): Engine {
  return {
    name: "${name}",
    mode: "async",
    holds: "bytes",
    scope: "folder",
    // FILL IN: what the storage takes, and whether its values outlive the process and are seen by others.
    limits: { keyBytes: 200, bodyBytes: Infinity },
    persistent: false,
    shared: false,
    keeps: "FILL IN",
    // FILL IN: the ability that it needs, from \`globals\` alone; the reason why not as words that end a sentence.
    probe: () => true,
    open: async (options) => new ${type}Store(await connect(options)),
  };
}

class ${type}Store implements AsyncStore<Body> {
  readonly native: ${type}Driver;
  #open = true;

  constructor(driver: ${type}Driver) {
    this.native = driver;
  }

  async get(key: string): Promise<Entry<Body> | undefined> {
    const entry = await this.#driver().get(key);
    return entry && ownCopy(entry);
  }

  async set(key: string, entry: Entry<Body>): Promise<void> {
    await this.#driver().set(key, ownCopy(entry));
  }

  async delete(key: string): Promise<boolean> {
    return await this.#driver().delete(key);
  }

  async *entries(prefix: string): AsyncGenerator<Listed> {
    for (const [key, { body: _, ...head }] of await this.#under(prefix)) {
      yield { ...head, key, accessedAt: head.storedAt, hits: 0 };
    }
  }

  async clear(prefix: string): Promise<number> {
    let count = 0;
    for (const [key] of await this.#under(prefix)) if (await this.#driver().delete(key)) count++;
    return count;
  }

  // FILL IN: counts that are kept. A cache with bounds asks after each write.
  async usage(prefix: string): Promise<Usage> {
    const under = await this.#under(prefix);
    return { entries: under.length, bytes: under.reduce((sum, [, { size }]) => sum + size, 0) };
  }

  close(): void {
    this.#open = false;
  }

  async #under(prefix: string): Promise<[string, Entry<Body>][]> {
    return [...await this.#driver().entries()].filter(([key]) => key.startsWith(prefix));
  }

  #driver(): ${type}Driver {
    if (!this.#open) throw new ResourceError(CLOSED);
    return this.native;
  }
}

/** An entry that nobody else can change. Not needed where the driver copies, as every real storage does. */
function ownCopy(entry: Entry<Body>): Entry<Body> {
  return typeof entry.body === "string" ? entry : { ...entry, body: entry.body.slice() };
}
`;
}

function testSource(name: string): string {
  const variable = camel(name);
  return `import type { Globals } from "../../src/contract/engine.ts";
import { ${variable} } from "../../engines/${name}.ts";
import { engineContract } from "../contract/engine_contract.ts";

const answer = ${variable}.probe(globalThis as unknown as Globals, { directory: "" });

engineContract("${name}", {
  engine: ${variable},
  // FILL IN: the optional methods that its stores have.
  accelerators: [],
  unavailable: answer === true ? undefined : answer,
});
`;
}

function toDo(name: string): string {
  const [variable, subpath] = [camel(name), name.replaceAll("_", "-")];
  return `Written: engines/${name}.ts and tests/engines/${name}.test.ts, which pass: deno test -A tests/engines/${name}.test.ts

1. Put the real storage in where they say FILL IN. Optional methods are in src/contract/store.ts; name in the test those you add.
2. Add to "exports" in deno.json (then run deno task fix) and in package.json:
     "./${subpath}": "./engines/${name}.ts"
3. Should caches choose it by themselves, or by its name?
     src/decorators/engine_list.ts     import { ${variable} } from "../../engines/${name}.ts"; and ${variable} in the list
     src/decorators/engine_orders.ts   "${name}" in the orders that should reach it
     tests/contract/expected_engines.ts   "${name}" for each runtime that must offer it
4. Add a line to CHANGELOG.md.
`;
}

if (import.meta.main) {
  const [name, ...rest] = Deno.args;
  if (name === undefined || rest.length > 0) {
    console.error("Say which engine: deno task new:engine NAME, where NAME is snake_case");
    Deno.exit(2);
  }
  try {
    console.log(await newEngine(name));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
