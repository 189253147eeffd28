import type { Browser } from "playwright-core";
import type { BrowserName } from "./runtimes.ts";

/** What keeps Chromium to itself, and lets it run where there is little room. */
const chromiumFlags = [
  ...["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
];

/** Starts a browser that Playwright drives, without a window. */
export async function openBrowser(name: Exclude<BrowserName, "firefox">, executablePath: string): Promise<Browser> {
  const playwright = await import("playwright-core");
  return await playwright[name].launch({ executablePath, args: name === "chromium" ? chromiumFlags : [] });
}
