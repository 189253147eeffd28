import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "../../../scripts/matrix/open_browser.ts";
import type { Consumer } from "../runner/consumer.ts";
import { serveFolder } from "../runner/serve.ts";

export const browserPage: Consumer = {
  name: "browser_page",
  on: "Chromium, built by Vite",
  needs: ["chromium"],
  async show({ install, run, runtime, scratch }) {
    const folder = `${await install("npm")}/browser_page`;
    const vite = fileURLToPath(import.meta.resolve("vite/package.json"));
    await run(
      Deno.execPath(),
      ["run", "-A", `${dirname(vite)}/bin/vite.js`, "build", folder, "--outDir", scratch],
      folder,
    );

    const server = serveFolder(scratch);
    const browser = await openBrowser("chromium", runtime("chromium").path);
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      const look = async () => {
        await page.waitForFunction("document.querySelector('pre').textContent !== '' || undefined", undefined, {
          timeout: 20_000,
        })
          .catch((error) => assert.fail(`the page shows nothing: ${problems.join("; ") || error}`));
        return (await page.textContent("pre") ?? "").split("\n");
      };
      await page.goto(server.origin);
      const [title, ...first] = await look();
      await page.reload();
      const [again, ...second] = await look();
      assert.deepEqual(first, ["pixels: new, opfs", "visit: new, indexed_db"]);
      assert.deepEqual(second, ["pixels: kept, opfs", "visit: kept, indexed_db"]);
      assert.match(title ?? "", /drawn in navy and gold, 4660046610375530309 ways$/);
      assert.equal(again, title, "the date is that of the first visit");
      assert.deepEqual(problems, []);
      return `${
        runtime("chromium").version
      }: after a reload, an image came from private files and a date from IndexedDB`;
    } finally {
      await browser.close();
      await server.close();
    }
  },
};
