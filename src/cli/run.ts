import { ConfigurationError, PathError } from "../errors.ts";
import { nearestName } from "../nearest_name.ts";
import type { Command } from "./command.ts";
import { bench } from "./commands/bench.ts";
import { clear } from "./commands/clear.ts";
import { get } from "./commands/get.ts";
import { inspect } from "./commands/inspect.ts";
import { list } from "./commands/list.ts";
import { migrate } from "./commands/migrate.ts";
import { prune } from "./commands/prune.ts";
import { stats } from "./commands/stats.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { type Order, parseOrder } from "./options.ts";
import type { Terminal } from "./terminal.ts";

const COMMANDS: readonly Command[] = [list, stats, inspect, get, clear, prune, migrate, bench];

/** Does what the arguments of a command line ask for. Gives the code to end with: 0 when it was done, 1 when it failed, 2 for wrong use. */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  try {
    const { words: [name, ...words], options } = parseOrder(args);
    if (options.help || name === "help") {
      const about = name === "help" ? words[0] : name;
      terminal.out(about === undefined ? generalHelp(COMMANDS) : commandHelp(commandOf(about)));
      return 0;
    }
    if (name === undefined) {
      terminal.err(generalHelp(COMMANDS));
      return 2;
    }
    const command = commandOf(name);
    const order: Order = { words, options };
    checkOrder(command, order);
    return await command.run(order, terminal) === "done" ? 0 : 1;
  } catch (error) {
    terminal.err(error instanceof Error ? error.message : String(error));
    return isMisuse(error) ? 2 : 1;
  }
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((command) => command.name === name);
  if (command !== undefined) return command;
  const nearest = nearestName(name, COMMANDS.map(({ name }) => name));
  const advice = nearest === undefined ? "see twat-cache --help" : `did you mean "${nearest}"?`;
  throw new ConfigurationError(`Cannot run "${name}": there is no such command; ${advice}`);
}

function checkOrder({ name, most, options: known }: Command, { words, options }: Order): void {
  const stranger = Object.keys(options).find((option) => !(known as readonly string[]).includes(option));
  if (stranger !== undefined) {
    throw new ConfigurationError(`Cannot use --${stranger}: ${name} does not take it; see twat-cache ${name} --help`);
  }
  if (words.length <= most) return;
  throw new ConfigurationError(
    `Cannot use ${JSON.stringify(words[most])}: ${name} does not take it; see twat-cache ${name} --help`,
  );
}

function isMisuse(error: unknown): boolean {
  return error instanceof ConfigurationError || error instanceof PathError && error.code === "ERR_CACHE_FOLDER_NAME";
}
