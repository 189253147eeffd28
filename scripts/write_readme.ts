/** Writes the table of engines into the README, between its marks. */
import { BUILT_IN } from "../src/decorators/engine_list.ts";
import { engineTable } from "./engine_table.ts";
import { root } from "./tree.ts";

const path = new URL("README.md", root);
const text = await Deno.readTextFile(path);
const marked = /(<!-- engines -->\n)[\s\S]*?(<!-- \/engines -->)/;
if (!marked.test(text)) {
  throw new Error("Cannot write the table of engines: the README has no marks for it; put them back");
}
await Deno.writeTextFile(
  path,
  text.replace(marked, (_, open, close) => `${open}\n${engineTable(BUILT_IN)}\n\n${close}`),
);
