import assert from "node:assert/strict";
import type { Consumer } from "../runner/consumer.ts";
import type { Need } from "../runner/find_runtimes.ts";

const nodes = { "Node 20": "node20", "Node 22": "node22", "Node 24": "node24" } satisfies Record<string, Need>;

export const commonJs: readonly Consumer[] = Object.entries(nodes).map(([on, node]) => ({
  name: "commonjs",
  on,
  needs: [node],
  async show({ install, run, runtime, scratch }) {
    const folder = await install("npm");
    const { path, version } = runtime(node);
    const log = `${scratch}/access.log`;
    await Deno.writeTextFile(log, "GET /users/1 200\nGET /about 200\nGET /users/1 200\nGET /users/2 200\n");
    const report = () => run(path, ["commonjs/report.cjs", log], folder);

    assert.equal(await report(), "3 /users/:id\n1 /about\ncomputed, 1 routes known\n");
    assert.equal(await report(), "3 /users/:id\n1 /about\nfrom the cache\n");

    const entries = await entriesOf(folder);
    const script = entries.map((entry) => `if (Object.keys(require("${entry}")).length === 0) throw "${entry}";`);
    await run(path, ["-e", script.join("\n")], folder);
    return `${version}: require() of all ${entries.length} entries, and a file kept across runs`;
  },
}));

/** All that may be imported from the installed package, but its package.json. */
async function entriesOf(folder: string): Promise<string[]> {
  const manifest = JSON.parse(await Deno.readTextFile(`${folder}/node_modules/@twat/cache/package.json`));
  return Object.keys(manifest.exports).filter((entry) => !entry.endsWith(".json")).map((entry) =>
    `@twat/cache${entry.slice(1)}`
  );
}
