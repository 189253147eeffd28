import { fastFolder, keptIn, persistentHere } from "./engines_here.ts";
import { flowChapter } from "./flow_chapter.ts";

const cacheDir = fastFolder();

flowChapter("memory", {});
flowChapter("memory that copies", { copy: "clone" });
flowChapter("memory that freezes", { copy: "freeze" });
flowChapter("memory that is bounded by lru", { policy: "lru", maxBytes: "1MB" });
for (const engine of persistentHere) {
  flowChapter(engine, keptIn(engine, cacheDir, "flowing"));
  flowChapter(`${engine} compressed`, { ...keptIn(engine, cacheDir, "squeezed"), compress: { minBytes: 0 } });
}
