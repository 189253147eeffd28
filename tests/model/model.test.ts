import assert from "node:assert/strict";
import { test } from "node:test";
import { Machine } from "./machine.ts";

for (const [kind, cases] of [["memory", 1_200], ["shared", 800]] as const) {
  test(`a cache does what the reference does in ${cases * 50} random steps on ${kind}`, async () => {
    for (let seed = 0; seed < cases; seed++) {
      const machine = new Machine(seed, kind);
      try {
        await machine.run();
      } catch (error) {
        const { log } = machine;
        log.push(...machine.logger.lines);
        throw new assert.AssertionError({
          message: `${(error as Error).message}\n${log[0]}\n${log.slice(-45).join("\n")}`,
        });
      }
    }
  });
}
