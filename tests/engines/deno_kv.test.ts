import type { Engine } from "../../src/contract/engine.ts";
import { denoKvEngine } from "../../engines/deno_kv.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { accelerators } from "./children/deno_kv_accelerators.ts";
import { engineHere, noDenoKv, openKvHere } from "./children/deno_kv_open.ts";

const unavailable = noDenoKv === false ? undefined : noDenoKv;

engineContract("deno_kv", {
  engine: unavailable === undefined ? engineHere : denoKvEngine(),
  accelerators,
  unavailable,
});

/** In memory each store has a database of its own, which goes with it. */
const inMemory: Engine = { ...denoKvEngine({ openKv: openKvHere }), persistent: false, shared: false };

if (unavailable === undefined) {
  engineContract("deno_kv in memory", {
    engine: inMemory,
    accelerators: accelerators.filter((name) => name !== "watch"),
    injected: true,
    open: { url: ":memory:" },
  });
}
