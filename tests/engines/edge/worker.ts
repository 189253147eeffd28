/** A Worker that answers from caches, for the tests that drive it from outside. */
// @ts-ignore: only workerd has it
import { env } from "cloudflare:workers";
import { acache, bcache, type CacheOptions, type Engine, fcache, ucache } from "../../../mod.ts";
import { cacheApi } from "../../../engines/cache_api.ts";
import { cloudflareKv } from "../../../engines/cloudflare_kv.ts";
import { FakeKv } from "./fake_kv.ts";

/** What a request asks for besides the key. */
interface Asked {
  /** How long the function takes, in milliseconds. */
  readonly ms: number;
  readonly fail: boolean;
}

let runs = 0;
let landed = 0;

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

async function work(key: string, { ms, fail }: Asked): Promise<{ key: string; run: number }> {
  const run = ++runs;
  await pause(ms);
  landed++;
  if (fail) throw new Error(`run ${run} fails`);
  return { key, run };
}

/** A Response whose body comes in pieces, as from an origin. */
async function page(key: string, asked: Asked): Promise<Response> {
  const { run } = await work(key, asked);
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (let part = 0; part < 4; part++) {
        controller.enqueue(new TextEncoder().encode(`${key}:${run}:${part} `));
        await pause(20);
      }
      controller.close();
    },
  });
  return new Response(body);
}

/** A result that flows for a while. */
async function* parts(key: string, asked: Asked): AsyncGenerator<string> {
  const { run } = await work(key, asked);
  for (let part = 0; part < 4; part++) {
    await pause(100);
    yield `${key}:${run}:${part} `;
  }
}

async function joined(flow: Promise<AsyncGenerator<string>>): Promise<string> {
  let text = "";
  for await (const part of await flow) text += part;
  return text;
}

/** How long each step of the slow storage takes, in milliseconds; what is not said takes no time. */
const slow: Record<string, number> = {};

/** A namespace that takes its time, so that requests end amid its steps. */
class SlowKv extends FakeKv {
  override async getWithMetadata(key: string, options: never): Promise<never> {
    await pause(slow["get"] ?? 0);
    return await super.getWithMetadata(key, options) as never;
  }
  override async put(...args: Parameters<FakeKv["put"]>): Promise<void> {
    await pause(slow["put"] ?? 0);
    await super.put(...args);
  }
  override async delete(key: string): Promise<void> {
    await pause(slow["delete"] ?? 0);
    await super.delete(key);
  }
}

const slowKv = cloudflareKv(new SlowKv());
const slowEngine: Engine = {
  ...slowKv,
  async open(options) {
    await pause(slow["open"] ?? 0);
    return await slowKv.open(options);
  },
};

/** The same caches twice: with what the platform has to keep a request alive, and without. */
const caches = [{}, { waitUntil: () => {} }].map((more: CacheOptions, at) => {
  const options: CacheOptions = { key: (key: string) => key, ...more };
  const stored: CacheOptions = {
    ...options,
    strict: true,
    version: "1",
    folderName: `kept-${at}`,
    engineTimeout: "5s",
  };
  return {
    value: acache(work, { ...options, name: "value" }),
    page: acache(page, { ...options, name: "page" }),
    parts: acache(parts, { ...options, name: "parts" }),
    ages: acache(work, { ...options, name: "ages", ttl: 200, staleWhileRevalidate: "1h" }),
    slow: acache(work, { ...stored, name: "slow", engine: slowEngine }),
    kv: acache(page, { ...stored, name: "kv", engine: cloudflareKv((env as { KV: never }).KV) }),
    places: acache(page, { ...stored, name: "places", engine: cacheApi() }),
  };
});

const chosen = {
  bcache: bcache(work, { name: "by-bcache" }),
  fcache: fcache(work, { name: "by-fcache" }),
  ucache: ucache(work, { name: "by-ucache" }),
  persist: ucache(work, { name: "by-persist", persist: true }),
};

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const key = searchParams.get("key") ?? "";
    const asked = { ms: Number(searchParams.get("ms") ?? 0), fail: searchParams.has("fail") };
    const { value, page, parts, ages, slow: stored, kv, places } = caches[searchParams.has("unkept") ? 1 : 0]!;
    for (const step of ["open", "get", "put", "delete"]) slow[step] = Number(searchParams.get(step) ?? 0);
    try {
      switch (pathname) {
        case "/value":
          return Response.json(await value(key, asked));
        case "/ages":
          return Response.json(await ages(key, asked));
        case "/page":
          return await page(key, asked);
        case "/parts":
          return new Response(await joined(parts(key, asked)));
        case "/early":
          value(key, asked).catch(() => {});
          return new Response("early");
        case "/stored":
          return Response.json(await stored(key, asked));
        case "/invalidate":
          return Response.json(await stored.cache.invalidate(key, asked));
        case "/kv":
          return await kv(key, asked);
        case "/places":
          return await places(key, asked);
        case "/chosen": {
          for (const fn of Object.values(chosen)) await fn("x", asked);
          return Response.json(
            Object.fromEntries(Object.entries(chosen).map(([name, fn]) => [name, fn.cache.info.engine])),
          );
        }
        default:
          return Response.json({ runs, landed, inFlight: value.cache.stats().inFlight });
      }
    } catch (error) {
      return new Response(error instanceof Error ? error.message : String(error), { status: 500 });
    }
  },
};
