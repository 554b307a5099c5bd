/** How the console's own commands are made: arguments, options, --json, and errors as sentences. */
import type { ServiceBroker } from "moleculer";
import { tables, type Helpers, type TableOf } from "./layout.ts";
import type { Terminal } from "./terminal.ts";

/** A mistake of the person at the console, or something that cannot be done now. */
export class Sentence extends Error {
  override readonly name = "Sentence";
}

export interface Given {
  readonly broker: ServiceBroker;
  readonly terminal: Terminal;
  /** Arguments by name; those that are required are there. */
  readonly args: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** A number of an option, or undefined when it was not given. */
  number(name: string): number | undefined;
  /** Asks, unless --yes was given. Throws Sentence when the answer is no. */
  confirm(question: string): Promise<void>;
}

export interface Answer {
  /** What --json prints. */
  readonly json: unknown;
  /** What people read. */
  text(tableOf: TableOf): string;
}

export interface ConsoleCommand {
  /** Name and arguments, e.g. "actor <type> <key>". */
  readonly command: string;
  readonly description: string;
  /** "--top <n>" to what it does. */
  readonly options?: Readonly<Record<string, string>>;
  /** Changes something: asks first, unless --yes. */
  readonly changes?: true;
  /** What may stand at each place after the name, for completion. */
  readonly completes?: readonly ("node" | "shard" | "type" | readonly string[] | undefined)[];
  run(given: Given): Promise<Answer>;
}

/** What moleculer-repl hands to a custom command. */
interface Params {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly [argument: string]: unknown;
}

export interface Custom {
  command: string;
  description: string;
  options: { option: string; description: string }[];
  action(broker: ServiceBroker, params: Params, helpers: Helpers): Promise<void>;
}

/** The command as moleculer-repl takes it. */
export function customCommand(command: ConsoleCommand, terminal: Terminal): Custom {
  const options = { ...command.options, ...(command.changes === true ? { "-y, --yes": "do not ask" } : {}), "--json": "print JSON" };
  return {
    command: command.command,
    description: command.description,
    options: Object.entries(options).map(([option, description]) => ({ option, description })),
    async action(broker, { options: given, ...args }, helpers) {
      try {
        const answer = await command.run({
          broker, terminal, options: given, args: args as Record<string, string>,
          number: (name) => numberOf(name, given[name]),
          async confirm(question) {
            if (given["yes"] !== true && !(await terminal.confirm(question))) throw new Sentence("Nothing was changed.");
          },
        });
        terminal.print(given["json"] === true ? terminal.json(answer.json) : answer.text(tables(helpers)));
      } catch (error) {
        terminal.fail(error);
      }
    },
  };
}

function numberOf(name: string, given: string | boolean | undefined): number | undefined {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (typeof given !== "string" || !Number.isSafeInteger(number) || number < 1) throw new Sentence(`--${name} is a whole number from 1 on.`);
  return number;
}
