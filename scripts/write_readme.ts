/** Writes the tables of engines into the README, between their marks. With `--check` it only says whether they are up to date. */
import { BUILT_IN } from "../src/decorators/engine_list.ts";
import { engineTable } from "./engine_table.ts";
import { matrixTable } from "./matrix/engine_matrix.ts";
import { matrixPath, readWrittenMatrix } from "./matrix/matrix_file.ts";
import { root } from "./tree.ts";

/** Puts a table between the marks `<!-- name -->` and `<!-- /name -->`; `undefined` when the text has none. */
export function putBetween(text: string, name: string, table: string): string | undefined {
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  return marked.test(text) ? text.replace(marked, (_, open, close) => `${open}\n${table}\n\n${close}`) : undefined;
}

if (import.meta.main) {
  const path = new URL("README.md", root);
  const text = await Deno.readTextFile(path);
  let written = putBetween(text, "engines", engineTable(BUILT_IN));
  if (written === undefined) {
    throw new Error("Cannot write the table of engines: the README has no marks for it; put them back");
  }
  const matrix = await readWrittenMatrix();
  if (matrix !== undefined) {
    const table = putBetween(written, "matrix", matrixTable(matrix));
    if (table === undefined) {
      console.warn(`the README has no marks for ${matrixPath}: <!-- matrix --> and <!-- /matrix -->`);
    } else written = table;
  }
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(path, written);
  else if (written !== text) {
    console.error(`the tables of README.md differ from the engines and ${matrixPath}; run deno task fix`);
    Deno.exit(1);
  }
}
