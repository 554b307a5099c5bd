/** How the cluster is: one line that is written anew on a terminal, one line per change in a log. */
import type { Kept, Running } from "./kept.ts";

const refreshMs = 1_000;

export class StatusLine implements Disposable {
  readonly #isTerminal: boolean;
  #status = "";
  #isShown = false;
  #timer: NodeJS.Timeout | undefined;
  #draw = () => {};

  constructor(isTerminal: boolean = process.stdout.isTTY) {
    this.#isTerminal = isTerminal;
  }

  /** From now on show() is seen, and on a terminal refreshed every second. */
  begin(): void {
    this.#timer ??= setInterval(() => this.#draw(), refreshMs);
  }

  /** Prints a line above the status. */
  print(message: string): void {
    this.#erase();
    console.log(message);
    this.#write();
  }

  show(nodes: readonly Kept<Running>[], gateways: readonly Kept<Running & { readonly process: { readonly address: string | undefined } }>[]): void {
    if (this.#timer === undefined) return;
    this.#draw = () => {
      const shown = [...nodes.map((node) => part(node)), ...gateways.map((gateway) => part(gateway, gateway.running?.process.address))].join(" | ");
      if (shown === this.#status && !this.#isTerminal) return;
      this.#erase();
      this.#status = shown;
      if (this.#isTerminal) this.#write();
      else console.log(shown);
    };
    this.#draw();
  }

  /** Leaves the terminal on a line of its own. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#isShown) process.stdout.write("\n");
    this.#isShown = false;
  }

  #erase(): void {
    if (this.#isShown) process.stdout.write("\r\u001b[2K");
    this.#isShown = false;
  }

  #write(): void {
    if (!this.#isTerminal || this.#timer === undefined || this.#status === "") return;
    // A line that wraps could not be erased.
    process.stdout.write(this.#status.slice(0, Math.max(20, process.stdout.columns - 1)));
    this.#isShown = true;
  }
}

function part({ name, state, restarts }: Kept<Running>, address?: string): string {
  return [name, state, ...(restarts === 0 ? [] : [`${restarts} ${restarts === 1 ? "restart" : "restarts"}`]), ...(address === undefined ? [] : [address])].join(" ");
}
