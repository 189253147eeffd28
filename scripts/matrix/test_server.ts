import { bundleModule, type Bundles } from "./bundle.ts";

/** A page without anything but the runner of tests, and the bundles of tests and of what they start, each at its path. */
export interface TestServer {
  /** Where it is reached, without a `/` at the end. A secure context, since it is this machine. */
  readonly origin: string;
  close(): Promise<void>;
}

const page = `<!doctype html><title>tests</title><link rel="icon" href="data:,">
<script type="module" src="/tests/browser/window.ts"></script>`;

/** Serves the bundles on a free port of this machine. Other modules of `tests` are bundled when a page or worker asks for them. */
export function serveTests(bundles: Pick<Bundles, "code">): TestServer {
  const others = new Map<string, Promise<string>>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname).slice(1);
    if (path === "") return answer(page, "text/html");
    if (!/^tests\/[\w/.-]+\.ts$/.test(path)) return new Response(`there is no ${path}`, { status: 404 });
    const code = bundles.code.get(path);
    if (code !== undefined) return answer(code, "text/javascript");
    const other = others.get(path) ?? bundleModule(path, "chromium");
    others.set(path, other);
    try {
      return answer(await other, "text/javascript");
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  });
  return { origin: `http://localhost:${server.addr.port}`, close: () => server.shutdown() };
}

function answer(text: string, type: string): Response {
  return new Response(text, { headers: { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" } });
}
