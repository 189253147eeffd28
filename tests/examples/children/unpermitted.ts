import { bcache, fcache, mcache, ucache } from "../../../mod.ts";

/** Uses each decorator and tells what happened; run without any permission. */
const warnings: string[] = [];
const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void warnings.push(line) };
const results = [
  mcache((x: number) => x)(1),
  await bcache((x: number) => x, { name: "b", logger })(1),
  await fcache((x: number) => x, { name: "f", logger })(1),
  await bcache((x: number) => x, { name: "given", cacheDir: "/tmp", logger })(1),
  ucache((x: number) => x, { name: "u", folderName: "u", logger })(1),
];
console.log(JSON.stringify({ results, warnings: warnings.length }));
