import { fastFolder, keptIn, persistentHere } from "./engines_here.ts";
import { responseChapter } from "./response_chapter.ts";

const cacheDir = fastFolder();

for (const engine of persistentHere) {
  responseChapter(engine, keptIn(engine, cacheDir, "response"));
  responseChapter(`${engine} compressed`, { ...keptIn(engine, cacheDir, "compressed"), compress: { minBytes: 0 } });
}
