import assert from "node:assert/strict";
import type { Consumer } from "../runner/consumer.ts";

export const denoScript: Consumer = {
  name: "deno_script",
  on: "Deno, from JSR",
  needs: [],
  async show({ install, run, scratch }) {
    const folder = await install("deno_jsr");
    const [first, second] = [`${scratch}/first.txt`, `${scratch}/second.txt`];
    await Deno.writeTextFile(first, "abc");
    await Deno.writeTextFile(second, "");
    const script = () => run(Deno.execPath(), ["run", "-A", "deno_script/checksums.ts", first, second], folder);

    const lines = (await script()).trim().split("\n");
    assert.equal(lines[0], `ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad ${first}`);
    assert.match(lines[2] ?? "", /^2 read, 0 known before/);
    assert.match(await script(), /^0 read, 2 known before/m);
    await Deno.writeTextFile(second, "changed");
    const shown = (await script()).trim().split("\n").at(-1) ?? "";
    assert.match(shown, /^1 read, 1 known before/);
    return `${Deno.version.deno}: after a change of one of two files: ${shown}`;
  },
};
