import { ConfigurationError } from "../../errors.ts";
import { removeOwnFolder } from "../../runtime/private_folder.ts";
import { countText } from "../../wording.ts";
import { type Command, type Outcome, WHERE } from "../command.ts";
import { forEachStorage } from "../for_each_storage.ts";
import type { Order } from "../options.ts";
import { ownFolders } from "../own_folders.ts";
import { jsonOf, plain } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** Removes the entries of a cache, or of all. */
export const clear: Command = {
  name: "clear",
  takes: "<cache> | --all",
  most: 1,
  about: "removes every entry of a cache, or of all",
  details:
    "It asks nothing. Programs that have a cache open go on and compute anew. Of folders nothing goes but those that this " +
    "library marked as its own (CACHEDIR.TAG), and links in them are not followed.",
  options: [...WHERE, "all", "remove-files", "json"],
  async run(order, terminal) {
    const { all, "remove-files": removeFiles, engine, url } = order.options;
    if ((order.words.length === 0) === !all) {
      throw new ConfigurationError("Cannot clear: give the name of a cache, or --all, and not both");
    }
    if (removeFiles && (!all || engine !== undefined || url !== undefined)) {
      throw new ConfigurationError(
        "Cannot remove files: a folder goes as a whole; give --all, and neither --engine nor --url",
      );
    }
    return removeFiles ? removeFolders(order, terminal) : await clearCaches(order, terminal);
  },
};

async function clearCaches(order: Order, terminal: Terminal): Promise<Outcome> {
  const rows: { cache: string; folder: string; engine: string; removed: number }[] = [];
  const outcome = await forEachStorage(order, terminal, "change", async (caches, store, { folder, kind: engine }) => {
    for (const { name: cache, scope } of caches) {
      rows.push({ cache, folder, engine, removed: await store.clear(`${scope}/`) });
    }
    // What the library keeps for itself goes last: nothing refers to it any more.
    if (order.options.all) await store.clear("");
  });
  if (order.options.json) terminal.out(jsonOf(rows));
  else {
    for (const { cache, folder, engine, removed } of rows) {
      terminal.out(`Removed ${countText(removed, "entry")} of ${plain(cache)} (folder ${folder}, ${engine})\n`);
    }
    if (rows.length === 0) terminal.err("There was nothing to remove");
  }
  return outcome;
}

function removeFolders({ options }: Order, terminal: Terminal): Outcome {
  const rows: { folder: string; path: string }[] = [];
  let outcome: Outcome = "done";
  for (const { name: folder, path, fs } of ownFolders(options)) {
    if (removeOwnFolder(fs, path) !== "not ours") rows.push({ folder, path });
    else {
      terminal.err(`Cannot delete folder "${path}": it was not made by this library; delete it yourself`);
      outcome = "failed";
    }
  }
  if (options.json) terminal.out(jsonOf(rows));
  else for (const { path } of rows) terminal.out(`Removed folder ${path}\n`);
  return outcome;
}
