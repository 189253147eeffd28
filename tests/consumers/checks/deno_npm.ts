import assert from "node:assert/strict";
import type { Consumer } from "../runner/consumer.ts";

export const denoNpm: Consumer = {
  name: "deno_npm",
  on: "Deno, from npm",
  needs: [],
  async show({ install, run, scratch }) {
    const folder = await install("deno_npm");
    const csv = `${scratch}/timetable.csv`;
    const departures = ["2026-11-26T06:00:00.000Z", "2026-11-26T06:20:00.000Z"];
    await Deno.writeTextFile(csv, departures.map((at) => `Central,${at}\n`).join(""));
    const script = () => run(Deno.execPath(), ["run", "-A", "deno_npm/timetable.ts", csv, "Central"], folder);

    const shown = departures.map((at) => `Central ${at}\n`).join("");
    assert.equal(await script(), `${shown}parsed\n`);
    await Deno.remove(csv);
    assert.equal(await script(), `${shown}from the cache\n`);
    return `${Deno.version.deno}: a map of dates came back as it was parsed, without the file`;
  },
};
