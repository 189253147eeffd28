import { copyCache, type CopyOptions, type CopyPlace } from "../../copy_cache.ts";
import { ConfigurationError } from "../../errors.ts";
import { checkFolderName } from "../../runtime/folder_name.ts";
import { countText } from "../../wording.ts";
import { type Command, type Outcome, WHERE } from "../command.ts";
import type { Order } from "../options.ts";
import { findStorages, KIND_NAMES, type Storage } from "../storages.ts";
import { jsonOf } from "../table.ts";

/** Copies entries into another engine or folder. */
export const migrate: Command = {
  name: "migrate",
  takes: "",
  most: 0,
  about: "copies entries into another engine, folder or server",
  details:
    "Entries are copied as they are, with their times and tags; encrypted ones can be read in a folder of the same name " +
    "alone. They stay where they were, too: clear that when programs use the new place. What is there already is replaced by " +
    "what was stored later, so copying again goes on where it stopped.",
  options: [...WHERE, "to-engine", "to-folder", "to-cache-dir", "to-url", "overwrite", "json"],
  async run(order, terminal) {
    const { storages: found, closed } = findStorages(order);
    checkTarget(order, found);
    // What is where it is to go stays.
    const storages = found.length === 1 ? found : found.filter((storage) => !isThere(storage, order));
    for (const { kind, folder, reason } of closed) {
      terminal.err(`Cannot open ${kind} in folder "${folder}": ${reason}`);
    }
    const rows: object[] = [];
    let outcome: Outcome = closed.length > 0 ? "failed" : "done";
    for (const storage of storages) {
      const { folder, kind: engine } = storage;
      try {
        const report = await copyCache(storage.options, targetOf(storage, order), {
          ...overwriteIn(order),
          clock: terminal,
        });
        const { copied, skipped, refused } = report;
        for (const { key, reason } of refused) terminal.err(`Cannot copy ${key}: ${reason}`);
        if (refused.length > 0) outcome = "failed";
        rows.push({ folder, engine, ...report });
        if (order.options.json) continue;
        const rest = skipped > 0 ? `, left out ${skipped.toLocaleString("en-US")} that were there or gone` : "";
        terminal.out(`Copied ${countText(copied, "entry")} (folder ${folder}, ${engine})${rest}\n`);
      } catch (error) {
        if (error instanceof ConfigurationError) throw error;
        terminal.err(error instanceof Error ? error.message : String(error));
        outcome = "failed";
      }
    }
    if (order.options.json) terminal.out(jsonOf(rows));
    else if (storages.length === 0 && closed.length === 0) terminal.err("There is nothing to copy");
    return outcome;
  },
};

/** Throws a `ConfigurationError` where the options do not say of one place that entries may go to it. */
function checkTarget({ options }: Order, storages: readonly Storage[]): void {
  const { "to-engine": engine, "to-folder": folder, "to-cache-dir": cacheDir, "to-url": url } = options;
  if (folder !== undefined) checkFolderName(folder);
  const local = [engine, cacheDir].some((given) => given !== undefined);
  if (!local && folder === undefined && url === undefined) {
    throw misused("nothing says where to; give --to-engine, --to-folder, --to-cache-dir or --to-url");
  }
  if (url !== undefined && local) {
    throw misused("a server is another place than a machine; leave out --to-url, or --to-engine and --to-cache-dir");
  }
  if (engine !== undefined && !KIND_NAMES.includes(engine)) {
    throw misused(
      `no engine of that name, "${engine}", keeps entries on a machine; name one of ${KIND_NAMES.join(", ")}`,
    );
  }
  if (options.url !== undefined && engine === undefined && url === undefined) {
    throw misused("no engine on this machine is named; give --to-engine");
  }
  if (folder !== undefined && new Set(storages.map(({ folder }) => folder)).size > 1) {
    throw misused(`several folders have entries, and in "${folder}" their caches would mix; name one with --folder`);
  }
}

function misused(why: string): ConfigurationError {
  return new ConfigurationError(`Cannot migrate: ${why}`);
}

function isThere({ kind, folder, options: from }: Storage, { options }: Order): boolean {
  const { "to-url": url, "to-folder": to = folder, "to-engine": engine, "to-cache-dir": cacheDir } = options;
  return url === undefined && engine === kind && to === folder &&
    (cacheDir === undefined || cacheDir === from.cacheDir);
}

/** Where the entries of a storage go. */
function targetOf({ kind, folder, options: from }: Storage, { options }: Order): CopyPlace {
  const { "to-url": url, "to-folder": folderName = folder, "to-engine": engine = kind } = options;
  const { secure, cacheDir } = from;
  if (url !== undefined) return { url, folderName, secure };
  return { engine, folderName, secure, cacheDir: options["to-cache-dir"] ?? cacheDir };
}

function overwriteIn({ options: { overwrite } }: Order): CopyOptions {
  return overwrite === undefined ? {} : { overwrite: overwrite as NonNullable<CopyOptions["overwrite"]> };
}
