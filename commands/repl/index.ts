/** The console's own commands: what operators see of actors and do with them. */
import type { REPLServer } from "node:repl";
import type { ReplOptions, ServiceBroker } from "moleculer";
import { actorCommands } from "./actors.ts";
import { customCommand } from "./command.ts";
import { completer } from "./complete.ts";
import { journalCommands } from "./journal.ts";
import { presenceCommands } from "./presence.ts";
import { shardCommands } from "./shards.ts";
import { Terminal } from "./terminal.ts";

const commands = [...actorCommands, ...shardCommands, ...journalCommands, ...presenceCommands];

/** Commands for moleculer-repl, and how to take over the console that it opens. */
export function operatorConsole(): { customCommands: NonNullable<ReplOptions["customCommands"]>; open(broker: ServiceBroker): void } {
  const terminal = new Terminal();
  return {
    // Moleculer's type has other parameters than moleculer-repl passes.
    customCommands: commands.map((command) => customCommand(command, terminal)) as unknown as NonNullable<ReplOptions["customCommands"]>,
    open(broker) {
      // Moleculer's type leaves out that it answers the server.
      terminal.attach(broker.repl() as unknown as REPLServer, broker, completer(broker, commands));
    },
  };
}
