import { test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { News } from "../../../src/contract/store.ts";
import type { Kit, TabEngine, TabStore } from "./page.ts";
import { noBrowser, openSite, type Site } from "./site.ts";

/** The `kit` of a page, and what the tests below keep in it. */
export interface TabKit extends Kit {
  readonly kept: {
    store: TabStore;
    heard: News[];
    runs: number;
    call: {
      (n: number): unknown;
      readonly cache: { readonly info: { readonly engine: string }; invalidate(n: number): unknown; clear(): unknown };
    };
  };
}

declare const kit: TabKit;

/** A visitor of the site, who opens tabs. */
export interface Visitor {
  readonly site: Site;
  readonly context: BrowserContext;
  /** Opens a tab. */
  tab(): Promise<Page>;
  /** Opens a tab with an open store, `kit.kept.store`. */
  tabWithStore(): Promise<Page>;
  /**
   * Opens a tab with a cached function, `kit.kept.call`, which counts its runs. With a negative number it never comes to an
   * end. The decorator has chosen the engine by itself.
   */
  tabWithCache(): Promise<Page>;
}

/** Registers a test of an engine with a visitor whose storage is empty. */
export function tabTest(engine: TabEngine, name: string, run: (visitor: Visitor) => Promise<void>): void {
  test(`${engine}: ${name}`, { skip: noBrowser }, async () => {
    const site = await openSite();
    const context = await site.visitor();
    const tab = () => site.tab(context);
    const filled = async (fill: (engine: TabEngine) => unknown) => {
      const page = await tab();
      await page.evaluate(fill, engine);
      return page;
    };
    try {
      await run({
        site,
        context,
        tab,
        tabWithStore: () => filled(async (engine) => void (kit.kept.store = await kit.open(engine, "tabs"))),
        tabWithCache: () =>
          filled((engine) => {
            kit.kept.runs = 0;
            const run = async (n: number) => {
              kit.kept.runs++;
              await new Promise((resolve) => setTimeout(resolve, n < 0 ? 1e6 : 100));
              return { n };
            };
            kit.kept.call = kit.decorators[engine](run, { folderName: "tabs", name: "run", version: "1" });
          }),
      });
    } finally {
      await context.close();
    }
  });
}

/** How often the cached function of a tab has run. */
export function runsIn(tab: Page): Promise<number> {
  return tab.evaluate(() => kit.kept.runs);
}

/** Whether a store that had `a/1` has it no longer and works. */
export async function goesOn(tab: Page): Promise<{ before: unknown; after: unknown; entries: number }> {
  return await tab.evaluate(async () => {
    const { store } = kit.kept;
    const before = await store.get("a/1") === undefined ? "gone" : "there";
    await store.set("a/2", kit.entry("two"));
    const body = (await store.get("a/2"))?.body;
    const after = body instanceof Uint8Array ? new TextDecoder().decode(body) : body;
    return { before, after, entries: (await store.usage("")).entries };
  });
}
