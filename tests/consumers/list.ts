import { browserPage } from "./checks/browser_page.ts";
import { bunCli } from "./checks/bun_cli.ts";
import { bundled } from "./checks/bundlers.ts";
import { commandLine } from "./checks/command_line.ts";
import { commonJs } from "./checks/commonjs.ts";
import { denoNpm } from "./checks/deno_npm.ts";
import { denoScript } from "./checks/deno_script.ts";
import { edgeFunction } from "./checks/edge_function.ts";
import { nodeService } from "./checks/node_service.ts";
import { packageChecks } from "./checks/package.ts";
import { readmeFollowed } from "./checks/readme.ts";
import { sizes } from "./checks/sizes.ts";
import { typescriptStrict } from "./checks/typescript_strict.ts";
import type { Consumer } from "./runner/consumer.ts";

/** All consumers, in the order in which they are shown. */
export const consumers: readonly Consumer[] = [
  ...readmeFollowed,
  ...[denoScript, denoNpm, ...nodeService, bunCli, ...commonJs, ...commandLine],
  ...[browserPage, edgeFunction, ...bundled, sizes, ...packageChecks, ...typescriptStrict],
];
