import { accessSync, constants } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Where Chromium is, or `undefined` where there is none: named by `CHROMIUM_PATH`, or in the usual places. */
export const chromiumPath: string | undefined = findChromium();

/** Why the tests that want a browser are skipped; `false` where there is one. */
export const noBrowser: string | false = chromiumPath === undefined &&
  "there is no Chromium here; name one in CHROMIUM_PATH";

/** A site in a browser of its own. */
export interface Site {
  readonly origin: string;
  readonly browser: Browser;
  /** A visitor with storage of his own. */
  visitor(): Promise<BrowserContext>;
  /** A tab of a visitor with the `kit` of page.ts in it. */
  tab(visitor: BrowserContext): Promise<Page>;
}

let site: Promise<Site & { close(): Promise<void> }> | undefined;

after(async () => (await site)?.close());

/** The site of a test file, which goes when its tests are done. */
export function openSite(): Promise<Site> {
  return site ??= start();
}

async function start(): Promise<Site & { close(): Promise<void> }> {
  const script = await bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript ? script : `<!doctype html><title>tests</title><script type="module" src="/page.js"></script>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({
    executablePath: chromiumPath!,
    args: [
      ...["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
    ],
  });
  return {
    origin,
    browser,
    visitor: () => browser.newContext(),
    async tab(visitor) {
      const page = await visitor.newPage();
      await page.goto(origin);
      await page.waitForFunction(() => "kit" in globalThis);
      return page;
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bundle(): Promise<string> {
  const ending = import.meta.url.endsWith(".js") ? ".js" : ".ts";
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(`./page${ending}`, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  await esbuild.stop();
  return outputFiles[0]!.text;
}

function findChromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const paths = ["/usr/bin/chromium", ...folders.flatMap((folder) => names.map((name) => join(folder, name)))];
  return (named === undefined ? paths : [named]).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
