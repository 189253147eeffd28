/** A server that only this machine reaches. */
export interface LoopbackServer {
  /** Where it is reached, without a `/` at the end. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Answers requests by their decoded paths on a free port of this machine; what has no answer is not found. */
export function serve(
  answer: (path: string, request: Request) => Response | undefined | Promise<Response | undefined>,
): LoopbackServer {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    return await answer(path, request) ?? new Response(`there is no ${path}`, { status: 404 });
  });
  return { origin: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
}

const types: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  css: "text/css",
};

/** Serves a folder of pages and scripts. */
export function serveFolder(folder: string): LoopbackServer {
  return serve(async (path) => {
    const file = path.endsWith("/") ? `${path}index.html` : path;
    const type = types[file.split(".").at(-1) ?? ""];
    if (type === undefined || file.includes("..")) return undefined;
    try {
      return new Response(await Deno.readFile(folder + file), {
        headers: { "content-type": `${type}; charset=utf-8` },
      });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}
