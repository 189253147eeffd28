import { fastFolder, keptIn, persistentHere } from "./engines_here.ts";
import { longFlowChapter } from "./long_flow_chapter.ts";

const cacheDir = fastFolder();

for (const engine of persistentHere) longFlowChapter(engine, keptIn(engine, cacheDir, "long"));
const first = persistentHere[0];
if (first !== undefined) {
  longFlowChapter(`${first} compressed`, { ...keptIn(first, cacheDir, "squeezed"), compress: true });
  longFlowChapter(`${first} encrypted`, {
    ...keptIn(first, cacheDir, "secret"),
    encrypt: "a passphrase of some length",
  });
}
