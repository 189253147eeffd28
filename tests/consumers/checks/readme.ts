import assert from "node:assert/strict";
import { commands, type Consumer, type Way } from "../runner/consumer.ts";
import type { Need } from "../runner/find_runtimes.ts";

const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
const blocks = Array.from(readme.matchAll(/^```ts\b.*\n([\s\S]*?)^```/gm), ([, code = ""]) => code);

/** Somebody who follows the README: what they have, and which of its commands they run. */
interface Stranger {
  readonly way: Way;
  readonly program: "deno" | "bun" | "node";
  readonly need?: Need;
  readonly file: `main.${"ts" | "mts" | "mjs"}`;
}

const strangers: Readonly<Record<string, Stranger>> = {
  "Deno, from JSR": { way: "deno_jsr", program: "deno", file: "main.ts" },
  "Deno, from npm": { way: "deno_npm", program: "deno", file: "main.ts" },
  "Bun": { way: "bun", program: "bun", need: "bun", file: "main.ts" },
  "Node 24": { way: "npm", program: "node", need: "node24", file: "main.mts" },
  "Node 20": { way: "npm", program: "node", need: "node20", file: "main.mjs" },
};

export const readmeFollowed: readonly Consumer[] = Object.entries(strangers).map(([on, stranger]) => ({
  name: "README",
  on,
  needs: stranger.need === undefined ? [] : [stranger.need],
  async show({ install, run, runtime }) {
    const { way, program, need, file } = stranger;
    // That npm packages are to be had through Deno, too, is not worth a row there.
    if (way !== "deno_npm") assert.ok(readme.includes(`\`${commands[way]}\``), `the README says ${commands[way]}`);
    const [, flags] = new RegExp(`\`${program} ([^\`]*)${file}\``).exec(readme) ?? [];
    assert.ok(flags !== undefined, `the README says how ${program} runs ${file}`);
    const folder = await install(way);
    const path = need === undefined ? Deno.execPath() : runtime(need).path;
    const main = async (code: string) => {
      await Deno.writeTextFile(`${folder}/${file}`, code);
      return await run(path, [...flags.split(" ").filter((flag) => flag !== ""), file], folder);
    };

    const imports = importsIn(blocks);
    assert.ok(imports.length > 10, "the README imports");
    assert.equal(await main([...imports, `console.log("all there");`].join("\n")), "all there\n");

    const [, start = ""] = /Paste this into `main` and run it twice:\n\n```ts\n([\s\S]*?)^```/m.exec(readme) ?? [];
    const [first, second] = [await main(start), await main(start)].map((said) =>
      /^(\S+) in (\d+) ms; kept in (\w+)\n$/.exec(said)?.slice(1) ?? assert.fail(`it said ${said}`)
    );
    assert.deepEqual([second?.[0], second?.[2]], [first?.[0], first?.[2]]);
    assert.notEqual(first?.[2], "memory");
    return `kept in ${first?.[2]}, ${first?.[1]} ms at first and ${
      second?.[1]
    } ms then; ${imports.length} imports are there`;
  },
}));

/** What the README imports from the package, a statement for each name, without types. */
function importsIn(blocks: readonly string[]): string[] {
  const statements = new Set<string>();
  for (const block of blocks) {
    for (const [, clause = "", entry = ""] of block.matchAll(/^import \{([^}]*)\} from "(@twat\/cache[^"]*)";/gm)) {
      for (const name of clause.split(",").map((text) => text.trim())) {
        if (!/^(type .*)?$/.test(name)) statements.add(`export { ${name} } from "${entry}";`);
      }
    }
  }
  return [...statements];
}
