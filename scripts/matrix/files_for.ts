import type { RuntimeName } from "./runtimes.ts";

/** Test files that only some columns see. */
interface Place {
  readonly files: RegExp;
  readonly only: readonly RuntimeName[];
  /** Why the other columns could not tell anything else. */
  readonly because: string;
}

/** Where files run that not every column sees. A file that several rules name runs where all of them let it. */
const places: readonly Place[] = [
  {
    files: /\.browser\.test\.ts$/,
    only: ["chromium", "chromium-worker"],
    because: "they ask for what browsers alone have",
  },
  { files: /\.workerd\.test\.ts$/, only: ["workerd"], because: "they ask for what workerd alone has" },
  {
    files: /^tests\/(edge|consumers|engines\/\w+_tabs)\.test\.ts$/,
    only: ["deno"],
    because: "they start browsers, workerd or every runtime by themselves, and these are the same whoever starts them",
  },
  {
    files: /^tests\/edge_(flow|requests)\.test\.ts$/,
    only: ["deno", "workerd"],
    because: "they wait in real time for requests that end, and only at the edge do requests end so",
  },
  {
    files: /^tests\/(cli\/|open_telemetry\.)/,
    only: ["deno", "deno-kv", "bun", "node", "node20"],
    because: "there is no command line in a bundle, and OpenTelemetry's SDK is one for Node",
  },
  { files: /^tests\/scripts\//, only: ["deno"], because: "Deno runs the scripts" },
  { files: /^tests\/workflows\.test\.ts$/, only: ["bun"], because: "Bun alone reads YAML by itself" },
  {
    files: /^tests\/(bundle|engines\/\w+_bundle)\.test\.ts$/,
    only: ["deno"],
    because: "a bundle is the same whoever asks esbuild for it",
  },
  {
    files:
      /^tests\/(model\/model|flow\/interleavings|key\/fingerprint_property|engines\/tiered_interleavings)\.test\.ts$/,
    only: ["deno", "bun"],
    because:
      "thousands of seeded steps in plain JavaScript, over stores that each column tests: one of each kind of engine will do",
  },
  {
    files: /^tests\/engines\/(tiered|hybrid)\w*\.test\.ts$/,
    only: ["deno", "bun", "chromium"],
    because: "they are made of other stores in plain JavaScript, and these pass their own contract in each column",
  },
  {
    files: /^tests\/engines\/(keyv|unstorage|adapters)\.test\.ts$/,
    only: ["deno", "chromium"],
    because: "they hand texts to packages of others in plain JavaScript, whose stores are not ours to test",
  },
  {
    files: /^tests\/engines\/redis_(ageing|flow|guarded)\.test\.ts$/,
    only: ["deno", "bun"],
    because: "how each runtime speaks with a server, redis, redis_clients and redis_faults ask",
  },
  {
    files: /^tests\/engines\/redis_(processes|storage)\.test\.ts$/,
    only: ["bun"],
    because: "they ask what the server does, which is the same whoever speaks with it",
  },
  {
    files: /^tests\/engines\/(redis_clients|redis_faults|one_computation)\.test\.ts$/,
    only: ["deno", "deno-kv", "bun", "node"],
    because: "the sockets and processes of Node 20 are those of Node 24",
  },
  {
    files: /^tests\/engines\/damaged_event\.test\.ts$/,
    only: ["deno", "deno-kv", "bun", "node"],
    because: "Node 20 has no database by itself that could be damaged",
  },
  {
    files: /^tests\/engines\/deno_kv_\w+\.test\.ts$/,
    only: ["deno-kv", "node"],
    because: "once with Deno's own KV, once with @deno/kv, whose native code is the same on every runtime",
  },
  {
    files: /^tests\/(?!contract\/|engines\/|edge|runtime\/|key\/unkeyable)(?!.*\.browser\.test\.ts$)/,
    only: ["deno", "deno-kv", "bun", "node", "node20", "chromium", "workerd"],
    because: "a worker of Chromium runs the JavaScript of its window; it may differ in what engines find there",
  },
  {
    files:
      /^tests\/(?!(ageing|cli|decorators|flow)\/|contract\/expected|(context_edits|event_details|flowing|log_lines|long_flow|record|response\w*|shared_config)\.|engines\/(cache_api|damaged_event|deno_kv\w*|encrypted(_keys|_secrecy)?|files|limits|memory_contract|native|node_sqlite|one_computation|redis|values)\.)/,
    only: ["deno", "bun", "node", "node20", "chromium", "chromium-worker", "workerd"],
    because: "whether Deno has KV cannot matter to them: they name neither it nor the engines that are here",
  },
];

/** The test files that a column should see. Other browsers see what Chromium does. */
export function filesFor(name: RuntimeName, files: readonly string[]): string[] {
  const column = name.replace(/^(firefox|webkit)/, "chromium") as RuntimeName;
  return files.filter((file) => places.every(({ files, only }) => !files.test(file) || only.includes(column)));
}
