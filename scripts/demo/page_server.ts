import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "./page.ts";

/** A server of documentation on this machine. */
export interface PageServer {
  /** Where a page is, from now on: the server knows no page that nobody has asked about. */
  urlOf(page: Page): string;
  close(): Promise<void>;
}

/** Serves ranges of pages (RFC 9110, 14), and nothing else, to this machine alone, on whatever port is free. */
export async function servePages(packages: string): Promise<PageServer> {
  const known = new Map<string, Page>();
  const server = createServer((request, response) => {
    const page = known.get(request.url ?? "");
    const range = /^bytes=(\d{1,9})-(\d{1,9})$/.exec(request.headers.range ?? "");
    if (page === undefined || range === null) {
      response.writeHead(page === undefined ? 404 : 400).end();
      return;
    }
    const start = Number(range[1]);
    const end = Math.min(Number(range[2]), page.size - 1);
    if (start > end) {
      response.writeHead(416, { "content-range": `bytes */${page.size}` }).end();
      return;
    }
    response.writeHead(206, {
      "content-range": `bytes ${start}-${end}/${page.size}`,
      "content-length": end - start + 1,
    });
    createReadStream(join(packages, page.path), { start, end }).on("error", (error) => response.destroy(error)).pipe(
      response,
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (page) => {
      const path = `/${encodeURI(page.path)}`;
      known.set(path, page);
      return `http://127.0.0.1:${port}${path}`;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
