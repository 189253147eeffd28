import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

after(() => esbuild.stop());

const built = import.meta.url.endsWith(".js") ? ".js" : ".ts";

for (const engine of ["indexed_db", "opfs"]) {
  test(`a bundle of ${engine} asks for no built-in module, and loads little before it is opened`, async () => {
    const { metafile } = await esbuild.build({
      entryPoints: [fileURLToPath(new URL(`../../engines/${engine}${built}`, import.meta.url))],
      bundle: true,
      splitting: true,
      minify: true,
      write: false,
      metafile: true,
      outdir: "out",
      format: "esm",
      platform: "browser",
      logLevel: "silent",
    });
    const outputs = Object.values(metafile.outputs);
    assert.deepEqual(outputs.flatMap(({ imports }) => imports.filter(({ external }) => external)), []);
    const inputs = Object.keys(metafile.inputs);
    assert.ok(inputs.some((path) => path.includes("idb-keyval")));
    assert.deepEqual(inputs.filter((path) => /engines\/(memory|sqlite|files|redis|deno_kv)/.test(path)), []);
    const [entry] = outputs.filter(({ entryPoint }) => entryPoint?.endsWith(`engines/${engine}${built}`));
    assert.ok(entry !== undefined && entry.bytes < 2_000, `${entry?.bytes} bytes`);
    assert.ok(!Object.keys(entry.inputs).some((path) => path.includes("idb-keyval")));
    const sum = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(sum < 20_000, `${sum} bytes in all`);
  });
}
