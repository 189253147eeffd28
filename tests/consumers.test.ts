import { after, test } from "node:test";
import { consumers } from "./consumers/list.ts";
import { Workbench } from "./consumers/runner/workbench.ts";

/* Real programs on the packed tarball, each on the runtimes that it is for. `deno task consumers` shows what they see. */

const bench = await Workbench.open(consumers);
after(() => bench[Symbol.asyncDispose]());

for (const consumer of consumers) {
  const { name, on } = consumer;
  test(`consumers/${name} works on ${on}`, { skip: bench.lacks(consumer) }, () => bench.show(consumer).then(() => {}));
}
