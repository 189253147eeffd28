import assert from "node:assert/strict";
import type { Consumer } from "../runner/consumer.ts";

export const bunCli: Consumer = {
  name: "bun_cli",
  on: "Bun",
  needs: ["bun"],
  async show({ install, run, runtime, scratch }) {
    const folder = await install("bun");
    const { path, version } = runtime("bun");
    const text = `${scratch}/text.txt`;
    await Deno.writeTextFile(text, "To be, or not to be: to sleep");
    const cli = () => run(path, ["bun_cli/words.ts", "--top", "2", text], folder);

    const line = `${text}: to 3, be 2\n`;
    assert.equal(await cli(), `${line}1 counted, 0 known before (bun_sqlite)\n`);
    assert.equal(await cli(), `${line}0 counted, 1 known before (bun_sqlite)\n`);
    return `${version}: a synchronous function found in SQLite what the process before counted`;
  },
};
