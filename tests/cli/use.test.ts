import assert from "node:assert/strict";
// There is no command line where there are no processes.
import "node:process";
import { test } from "node:test";
import { say } from "./deposit.ts";

const COMMANDS = ["list", "stats", "inspect", "get", "clear", "prune", "migrate", "bench"];

const GENERAL = `\
twat-cache looks after the caches of @twat/cache that outlive their programs.

Usage: twat-cache <command> [options]

  list                   the caches that lie on this machine, and how much each holds
  stats [cache]          what is stored, in numbers: fresh and stale entries, sizes, ages, costs
  inspect [cache]        the entries, the last stored first, without their values
  get [cache] <key>      the value of an entry, by its key or the end of it
  clear <cache> | --all  removes every entry of a cache, or of all
  prune [cache]          drops what is gone, and what is beyond the limits given
  migrate                copies entries into another engine, folder or server
  bench                  what setting and getting takes on the engines of this runtime

Without options it looks at all of them in the system's folder for caches. --json is for programs,
--help after a command tells more of it.

It ends with 0 when all went well, 1 when something failed, and 2 when it was used wrongly.
`;

test("--help tells the commands, on the standard output", async () => {
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { code, out, err } = await say(args);
    assert.deepEqual([code, out, err], [0, GENERAL, ""]);
  }
});

test("without a command the help goes to the error output, as wrong use", async () => {
  const { code, out, err } = await say([]);
  assert.deepEqual([code, out, err], [2, "", GENERAL]);
});

test("--help after a command, and help before it, tell what it takes", async () => {
  const { code, out } = await say(["clear", "--help"]);
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
twat-cache clear: removes every entry of a cache, or of all

Usage: twat-cache clear <cache> | --all [options]

It asks nothing. Programs that have a cache open go on and compute anew. Of folders nothing goes
but those that this library marked as its own (CACHEDIR.TAG), and links in them are not
followed.

  --folder <name>     only this folder, the folderName of its caches
  --engine <name>     only sqlite, files or deno_kv
  --cache-dir <path>  where caches lie, in place of $TWAT_CACHE_DIR and the system's folder
  --url <address>     a server in place of this machine, such as redis://localhost:6379
  --all               every cache that the options above leave
  --remove-files      with --all: the folders themselves, as long as this library made them
  --json              JSON for programs: instants in epoch milliseconds, null for never
  --help, -h          this text
`,
  );
  for (const command of COMMANDS) {
    const help = await say(["help", command]);
    assert.equal(help.code, 0);
    assert.equal(help.out, (await say([command, "-h"])).out);
    assert.match(help.out, new RegExp(`^twat-cache ${command}: .+\n\nUsage: twat-cache ${command}`));
    assert.match(help.out, /^ {2}--json /m);
    for (const line of help.out.split("\n")) assert.ok(line.length <= 100, line);
  }
});

test("wrong use ends with 2, writes nothing but what is wrong, and does nothing", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["stat"], /^Cannot run "stat": there is no such command; did you mean "stats"\?$/],
    [["frobnicate"], /^Cannot run "frobnicate": there is no such command; see twat-cache --help$/],
    [["list", "--every"], /^Cannot read the command: .*--every.*; see twat-cache --help$/s],
    [["list", "--folder"], /^Cannot read the command: /],
    [["list", "square"], /^Cannot use "square": list does not take it; see twat-cache list --help$/],
    [["list", "--max-age=1d"], /^Cannot use --max-age: list does not take it; see twat-cache list --help$/],
    [["list", "--engine", "memory"], /^Cannot look for engine "memory": it leaves nothing on a machine; name one of/],
    [["list", "--folder", "../up"], /^Cannot use folder name "\.\.\/up": it is a path/],
    [["get"], /^Cannot get a value: there is no key; see twat-cache inspect for keys$/],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await say(args);
    assert.match(err.trimEnd(), message);
    assert.deepEqual([code, out], [2, ""]);
  }
});
