/**
 * The console's terminal or pipe. Lines run one after another, also when a script sends them all at once, and the end of
 * the input waits for the last one: `echo "shards --json" | npm run repl` prints an answer.
 */
import { clearLine, cursorTo, type AsyncCompleter, type CompleterResult } from "node:readline";
import type { REPLServer } from "node:repl";
import type { ServiceBroker } from "moleculer";
import { Sentence } from "./command.ts";

type Evaluated = (error: Error | null, result?: unknown) => void;

export class Terminal {
  #server: REPLServer | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Lines that are being run: no prompt stands on the terminal then. */
  #running = 0;

  /** Takes over the console that moleculer-repl made. `complete` says what a line may go on with; undefined leaves it to moleculer-repl. */
  attach(server: REPLServer, broker: ServiceBroker, complete: (line: string) => CompleterResult | undefined): void {
    this.#server = server;
    const evaluate = server.eval;
    Object.assign(server, {
      eval: (line: string, context: unknown, file: string, done: Evaluated) => {
        const before = this.#last;
        this.#running += 1;
        this.#last = new Promise((resolve) => {
          const answer: Evaluated = (error, result) => {
            this.#running -= 1;
            done(error, result);
            resolve();
          };
          void before.then(() => evaluate.call(server, line, context as never, file, answer));
        });
      },
    });
    const completer = server.completer;
    const completed: AsyncCompleter = (line, answer) => {
      const ours = complete(line);
      if (ours === undefined) completer.call(server, line, answer);
      else answer(null, ours);
    };
    // Commands print what they answer: no "undefined" after each.
    Object.assign(server, { completer: completed, ignoreUndefined: true });
    // moleculer-repl's own ends the process in the middle of a command.
    server.removeAllListeners("exit");
    server.once("exit", () => void this.#last.then(() => broker.stop()).then(() => process.exit(0)));
  }

  /** Yes or no; no when the input ends. */
  confirm(question: string): Promise<boolean> {
    const server = this.#server;
    if (server === undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      const ended = () => resolve(false);
      server.once("close", ended);
      server.question(`${question} [y/N] `, (answer) => {
        server.off("close", ended);
        resolve(/^y(es)?$/i.test(answer.trim()));
      });
    });
  }

  print(text: string): void {
    // A prompt stands before it, which a program that reads the answer does not expect.
    console.log(process.stdout.isTTY ? text : `\n${text}`);
  }

  /** A line that nobody asked for now: above the prompt, which comes back with what was typed so far. */
  tell(line: string): void {
    const server = this.#server;
    if (server === undefined || !process.stdout.isTTY || this.#running > 0) {
      console.log(line);
      return;
    }
    clearLine(process.stdout, 0);
    cursorTo(process.stdout, 0);
    console.log(line);
    server.prompt(true);
  }

  /** One line for programs. */
  json(value: unknown): string {
    return process.stdout.isTTY ? JSON.stringify(value, null, 2) : JSON.stringify(value);
  }

  fail(error: unknown): void {
    const { message, type, code } = error as { message?: string; type?: string; code?: number };
    const isKnown = error instanceof Sentence || (typeof type === "string" && typeof code === "number");
    this.print(isKnown ? (message ?? "") : String((error as Error).stack ?? error));
  }
}
