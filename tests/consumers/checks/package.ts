import assert from "node:assert/strict";
import type { Consumer } from "../runner/consumer.ts";

/** Ways to look a package up by which a package of ES modules cannot be found. */
const before: ReadonlySet<string> = new Set(["node10", "node16-cjs"]);

/** What tools that look at packages say of the tarball. */
export const packageChecks: readonly Consumer[] = [
  {
    name: "package",
    on: "publint",
    needs: [],
    async show({ install }) {
      const { publint } = await import("publint");
      const { formatMessage } = await import("publint/utils");
      const pkgDir = `${await install("npm")}/node_modules/@twat/cache`;
      const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
      assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
      return "nothing to say";
    },
  },
  {
    name: "package",
    on: "are-the-types-wrong",
    needs: [],
    async show({ tarball }) {
      const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
      const result = await checkPackage(createPackageFromTarballData(await Deno.readFile(await tarball())));
      assert.ok(result.types !== false, "there are types");
      const problems = result.problems.filter((problem) =>
        !("resolutionKind" in problem && before.has(problem.resolutionKind))
      );
      assert.deepEqual(problems, []);
      return `${Object.keys(result.entrypoints).length} entries under node16 and bundler`;
    },
  },
];
