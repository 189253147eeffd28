import assert from "node:assert/strict";
import * as esbuild from "esbuild";
import { Miniflare } from "miniflare";
import type { KvBinding } from "../../../engines/edge.ts";
import type { Consumer } from "../runner/consumer.ts";
import { serve } from "../runner/serve.ts";

export const edgeFunction: Consumer = {
  name: "edge_function",
  on: "workerd",
  needs: ["workerd"],
  async show({ install, runtime }) {
    const folder = `${await install("npm")}/edge_function`;
    // As Wrangler does.
    const { outputFiles: [output] } = await esbuild.build({
      entryPoints: [`${folder}/worker.ts`],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2024",
      conditions: ["workerd", "worker", "browser"],
      external: ["cloudflare:*"],
      logLevel: "silent",
    });
    const asked: string[] = [];
    let down = false;
    const origin = serve((path) => {
      asked.push(path);
      if (path === "/redirects.json") return Response.json({ "/old": "/new" });
      return down ? new Response("down", { status: 503 }) : new Response(`page ${asked.length}`);
    });
    const miniflare = new Miniflare({
      modules: [{ type: "ESModule", path: "worker.js", contents: output?.text ?? "" }],
      compatibilityDate: "2026-07-01",
      kvNamespaces: ["REDIRECTS"],
      bindings: { ORIGIN: origin.origin },
    });
    const ask = async (path: string) => {
      const response = await miniflare.dispatchFetch(`http://localhost${path}`, { redirect: "manual" });
      return [
        response.status,
        response.headers.get("x-cache") ?? response.headers.get("location"),
        await response.text(),
      ];
    };
    try {
      assert.deepEqual(await ask("/"), [200, "miss", "page 2"]);
      assert.deepEqual(await ask("/"), [200, "hit", "page 2"]);
      assert.deepEqual(await ask("/old"), [301, "http://localhost/new", ""]);
      const kv = await miniflare.getKVNamespace("REDIRECTS") as unknown as KvBinding;
      assert.equal((await kv.list({ prefix: "" })).keys.some(({ name }) => name.startsWith("default/")), true);
      assert.deepEqual(asked, ["/redirects.json", "/"]);
      down = true;
      assert.deepEqual((await ask("/other")).slice(0, 1), [500]);
      return `${runtime("workerd").version}: a page came from the Cache API, and redirects from Workers KV`;
    } finally {
      await miniflare.dispose();
      await origin.close();
    }
  },
};
