/** The console's own commands: what operators see of actors and do with them. */
import type { REPLServer } from "node:repl";
import type { ReplOptions, ServiceBroker } from "moleculer";
import { actorCommands } from "./actors.ts";
import { customCommand } from "./command.ts";
import { completer } from "./complete.ts";
import { journalCommands } from "./journal.ts";
import { presenceCommands } from "./presence.ts";
import { shardCommands } from "./shards.ts";
import { Simulations, simulationCommands } from "./simulation.ts";
import { Terminal } from "./terminal.ts";

export interface OperatorConsole {
  readonly customCommands: NonNullable<ReplOptions["customCommands"]>;
  /** Takes over the console that moleculer-repl opens. */
  open(broker: ServiceBroker): void;
  /** Ends what was started from it; before the broker stops, which is how every way out of the console ends. */
  close(): Promise<void>;
}

/** Commands for moleculer-repl. */
export function operatorConsole(): OperatorConsole {
  const terminal = new Terminal();
  const simulations = new Simulations();
  const commands = [...actorCommands, ...shardCommands, ...journalCommands, ...presenceCommands, ...simulationCommands(simulations)];
  return {
    close: () => simulations.close(),
    // Moleculer's type has other parameters than moleculer-repl passes.
    customCommands: commands.map((command) => customCommand(command, terminal)) as unknown as NonNullable<ReplOptions["customCommands"]>,
    open(broker) {
      // Moleculer's type leaves out that it answers the server.
      terminal.attach(broker.repl() as unknown as REPLServer, broker, completer(broker, commands));
    },
  };
}
