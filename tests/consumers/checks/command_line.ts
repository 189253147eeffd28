import assert from "node:assert/strict";
import type { Consumer, Place } from "../runner/consumer.ts";
import { commandOf } from "../runner/find_runtimes.ts";

/** A program of this folder, then the command line, which has to know of what the program kept. */
const callers: Readonly<Record<string, Pick<Consumer, "needs"> & { list(place: Place): Promise<string> }>> = {
  "npx": {
    needs: ["node24"],
    async list({ install, run, runtime, scratch }) {
      const [folder, node] = [await install("npm"), runtime("node24").path];
      await run(node, ["commonjs/report.cjs", `${scratch}/text`], folder);
      return await run(commandOf("npx"), ["@twat/cache", "list"], folder);
    },
  },
  "bunx": {
    needs: ["bun"],
    async list({ install, run, runtime, scratch }) {
      const [folder, bun] = [await install("bun"), runtime("bun").path];
      await run(bun, ["bun_cli/words.ts", `${scratch}/text`], folder);
      return await run(bun, ["x", "--bun", "@twat/cache", "list"], folder);
    },
  },
  "Deno, from JSR": {
    needs: [],
    async list({ install, run, scratch }) {
      const [folder, deno] = [await install("deno_jsr"), Deno.execPath()];
      await run(deno, ["run", "-A", "deno_script/checksums.ts", `${scratch}/text`], folder);
      return await run(deno, ["run", "-A", "jsr:@twat/cache/cli", "list"], folder);
    },
  },
};

export const commandLine: readonly Consumer[] = Object.entries(callers).map(([on, { needs, list }]) => ({
  name: "command_line",
  on,
  needs,
  async show(place) {
    await Deno.writeTextFile(`${place.scratch}/text`, "GET /about 200\n");
    assert.match(await list(place), /^(report +report +files|count +words +sqlite|checksum +checksums +sqlite) +1 /m);
    return "it lists what a program kept";
  },
}));
