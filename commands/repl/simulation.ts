/**
 * Simulations from the console: `npm run simulate` as a process of its own, one at a time. It makes its own cluster and is given nothing of
 * this one's settings, so nothing that is in production is touched, but the machine: it takes what a load test takes.
 *
 *   none --run--> running --stop, or its end--> ended (its figures stay until the next)
 *
 * It ends with the console, however that ends: asked first (it writes its report), then killed with all its processes.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { scenarioNames, shippedScenario } from "../../simulations/index.ts";
import { find } from "../cluster/process.ts";
import { Sentence, type ConsoleCommand } from "./command.ts";
import { listOf, when } from "./layout.ts";
import type { Terminal } from "./terminal.ts";

interface Simulation {
  readonly scenario: string;
  readonly child: ChildProcess;
  readonly startedAt: number;
  isStopping: boolean;
  /** The last line that it printed. */
  said: string;
  report: string | null;
  exitStatus: number | null;
  ended: Promise<void>;
}

/** `npm run simulate`'s own words for its exit status. */
const verdicts: Readonly<Record<number, string>> = { 0: "every threshold held", 99: "a threshold was missed", 97: "invalid: the generator or the machine was the limit, or it was stopped", 2: "bad usage" };
/** How long a simulation may take to write its report when the console ends. */
const endMs = 20_000;
const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const passedOn = { "--seed <k>": "of all chance (1)", "--scale <s>": "part of the world (1e-5)", "--duration <s>": "seconds of the run", "--nodes <n>": "node processes", "--gateways <n>": "gateway processes", "--generators <n>": "generator processes", "--out <dir>": "where the report goes" } as const;
const optionNames = Object.keys(passedOn).map((option) => option.slice(2).split(" ", 1)[0] ?? "");

/** One for a console. */
export class Simulations {
  #last: Simulation | undefined;

  get last(): Simulation | undefined {
    return this.#last;
  }

  get running(): Simulation | undefined {
    return this.#last !== undefined && this.#last.exitStatus === null ? this.#last : undefined;
  }

  /** `words`: those of `npm run simulate -- SCENARIO`. */
  start(scenario: string, words: readonly string[], terminal: Terminal): void {
    // A group of its own: Ctrl-C at the console is the console's. If the console is killed, the kernel asks it to stop (setpriv).
    const child = spawn(find("setpriv", "util-linux"), ["--pdeathsig=INT", "--", process.execPath, "--disable-warning=ExperimentalWarning", main, "simulate", scenario, ...words], {
      detached: true, stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], INIT_CWD: process.env["INIT_CWD"] ?? process.cwd(), TMPDIR: process.env["TMPDIR"] },
    });
    const started: Simulation = { scenario, child, startedAt: Date.now(), isStopping: false, said: "", report: null, exitStatus: null, ended: Promise.resolve() };
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (line.trim() === "") return;
        started.said = line;
        if (line.endsWith("report.html")) started.report = line.trim();
        terminal.tell(`sim: ${line}`);
      });
    }
    started.ended = new Promise((resolve) => {
      child.once("error", (error) => (started.said = error.message));
      // Its output is read to the end by then.
      child.once("close", (code) => {
        started.exitStatus = code ?? 1;
        terminal.tell(`sim: ${scenario} ended (${verdicts[started.exitStatus] ?? `exit status ${started.exitStatus}`})`);
        resolve();
      });
    });
    this.#last = started;
  }

  /** Asks once: the run drains and its report is written. False when it was asked before. */
  stop(): boolean {
    const { running } = this;
    if (running === undefined || running.isStopping) return false;
    running.isStopping = true;
    running.child.kill("SIGINT");
    return true;
  }

  /** With the console. */
  async close(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    this.stop();
    const over = new AbortController();
    await Promise.race([running.ended, pause(endMs, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
    if (running.exitStatus !== null || running.child.pid === undefined) return;
    const gone = once(running.child, "exit");
    process.kill(-running.child.pid, "SIGKILL");
    await gone;
  }
}

/** `sim run|list|status|stop`. */
export function simulationCommands(simulations: Simulations): readonly ConsoleCommand[] {
  const sim: ConsoleCommand = {
    command: "sim <run|list|status|stop> [scenario]",
    description: "Simulations on a cluster of their own on this machine: start one, see those there are, how it goes, end it",
    options: passedOn,
    completes: [["run", "list", "status", "stop"], scenarioNames],
    run({ args, options, terminal }) {
      const { "run|list|status|stop": what = "", scenario } = args;
      if (what === "run") return Promise.resolve(started(simulations, scenario, options, terminal));
      if (what === "list") return Promise.resolve(listed());
      if (what === "status") return Promise.resolve(status(simulations));
      if (what === "stop") return Promise.resolve(stopped(simulations));
      throw new Sentence("sim run SCENARIO [options], sim list, sim status or sim stop.");
    },
  };
  return [sim];
}

type Answer = Awaited<ReturnType<ConsoleCommand["run"]>>;

function started(simulations: Simulations, scenario: string | undefined, options: Readonly<Record<string, string | boolean | undefined>>, terminal: Terminal): Answer {
  if (scenario === undefined || !scenarioNames.includes(scenario)) throw new Sentence(`Say which: sim run ${scenarioNames.join("|")} [options].`);
  const { running } = simulations;
  if (running !== undefined) throw new Sentence(`${running.scenario} runs already; sim stop ends it.`);
  const words = optionNames.flatMap((name) => (options[name] === undefined ? [] : [`--${name}`, String(options[name])]));
  simulations.start(scenario, words, terminal);
  return { json: { scenario, options: words }, text: () => `Started ${scenario} on a cluster of its own. sim status says how it goes, sim stop ends it.` };
}

function listed(): Answer {
  const known = scenarioNames.flatMap((name) => shippedScenario(name) ?? []).map(({ name, about, durationS }) => ({ name, durationS, about }));
  return { json: known, text: () => listOf(known.map(({ name, about }) => [name, about])) };
}

function status({ last, running }: Simulations): Answer {
  if (last === undefined) return { json: null, text: () => "No simulation was started at this console." };
  const { scenario, startedAt, isStopping, said, report, exitStatus } = last;
  const state = running === undefined ? "ended" : isStopping ? "stopping" : "running";
  return {
    json: { scenario, state, startedAt, said, report, exitStatus },
    text: () => listOf([
      ["scenario", scenario], ["state", state], ["started", when(startedAt)],
      [running === undefined ? "outcome" : "at", exitStatus === null ? said : (verdicts[exitStatus] ?? `exit status ${exitStatus}`)],
      ["report", report ?? undefined],
    ]),
  };
}

function stopped(simulations: Simulations): Answer {
  const { running } = simulations;
  if (running === undefined) throw new Sentence("No simulation runs.");
  const asked = simulations.stop();
  return { json: { scenario: running.scenario, asked }, text: () => (asked ? `${running.scenario} drains, and writes the report of what was.` : `${running.scenario} was asked already; it still writes its report.`) };
}
