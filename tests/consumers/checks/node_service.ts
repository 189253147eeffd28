import assert from "node:assert/strict";
import type { Consumer } from "../runner/consumer.ts";
import type { Need } from "../runner/find_runtimes.ts";
import { startService } from "../runner/program.ts";
import { serve } from "../runner/serve.ts";

const nodes = { "Node 20": "node20", "Node 24": "node24", "newest Node": "newest node" } satisfies Record<string, Need>;

export const nodeService: readonly Consumer[] = Object.entries(nodes).map(([on, node]) => ({
  name: "node_service",
  on,
  needs: [node],
  async show({ install, runtime, env }) {
    let [asked, down] = [0, false];
    const rates = serve(() => {
      asked++;
      return down ? new Response(null, { status: 503 }) : new Response("1.25");
    });
    const cwd = `${await install("npm")}/node_service`;
    const options = { cwd, env: { ...env, RATES: rates.origin, PORT: "0" } };
    const { path, version } = runtime(node);
    const service = await startService(path, ["service.mjs"], options);
    const ask = async (path: string, method = "GET") =>
      await (await fetch(`${service.line}${path}`, { method })).text();
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask("/USD/100")));
      assert.deepEqual([...new Set(answers)], ["$125.00"]);
      assert.equal(asked, 1, "twenty requests ask once");
      await ask("/USD", "DELETE");
      down = true;
      assert.equal(await ask("/USD/2"), "$2.50", "the old rate is better than none");
      assert.equal(asked, 2);
      assert.match(await ask("/GBP/1"), /the server of rates says 503/);
      assert.match(await ask("/metrics"), /^twat_cache_load_failures_total\{cache="rate"\} 2$/m);
      return `${version}: 20 requests at once asked upstream once, and were answered while it was away`;
    } finally {
      await service.stop();
      await rates.close();
    }
  },
}));
