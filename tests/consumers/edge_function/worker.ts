/**
 * A Worker in front of a slow origin: it keeps pages in the data centre, and redirects in a namespace of Workers KV.
 *
 *     npm install @twat/cache
 *     npx wrangler dev worker.ts
 *
 * Its Wrangler configuration has a compatibility date of 2025-06 or later, `vars.ORIGIN` and `kv_namespaces` with a binding `REDIRECTS`.
 */
import { bcache } from "@twat/cache";
import { cloudflareKv } from "@twat/cache/edge";
// @ts-ignore: only Workers have it; `npx wrangler types` tells of its type
import { env } from "cloudflare:workers";

/** In the Cache API, which is what `bcache` finds here. While the origin is away, an old page is better than none. */
const page = bcache(async (path: string): Promise<Response> => {
  const response = await fetch(new URL(path, env.ORIGIN));
  if (response.status >= 500) throw new Error(`the origin says ${response.status}`);
  return response;
}, { name: "page", ttl: "5m", staleIfError: "1d" });

/** All over the world, since all redirects together take seconds to make. */
const redirects = bcache(async (): Promise<Map<string, string>> => {
  const list = await (await fetch(new URL("/redirects.json", env.ORIGIN))).json();
  return new Map(Object.entries(list as Record<string, string>));
}, { name: "redirects", engine: cloudflareKv(env.REDIRECTS), ttl: "1h" });

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, origin } = new URL(request.url);
    const target = (await redirects()).get(pathname);
    if (target !== undefined) return Response.redirect(new URL(target, origin), 301);
    const known = await page.cache.has(pathname);
    const response = await page(pathname);
    return new Response(response.body, { headers: { "content-type": "text/html", "x-cache": known ? "hit" : "miss" } });
  },
};
