import type { TestBrowser, TestProfile } from "./browser.ts";

/** Starts a Firefox without a window: any that a user may have, which Playwright does not drive. */
export async function openFirefox(executablePath: string): Promise<TestBrowser> {
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({ browser: "firefox", executablePath });
  return {
    // The events of its pages are typed otherwise.
    newContext: () => browser.createBrowserContext() as unknown as Promise<TestProfile>,
    close: () => browser.close(),
  };
}
