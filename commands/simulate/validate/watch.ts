/** What the machine did while a part of the validation ran: the same judgement as of a live run, which leaves out the warm-up. */
import { latencyOf, histogramOf, Processes, whyInvalid, type Health, type Recorded, type validation } from "../../../simulations/index.ts";

export class Watch {
  readonly #processes: Processes;
  readonly #drivers: readonly string[];
  readonly #seconds: Health["seconds"][number][] = [];
  readonly #timer: NodeJS.Timeout;

  /** `pids`: of the part's processes by name; those whose names begin with "driver" make the load. `from`: seconds before it do not count, ms since 1970. */
  constructor(pids: Readonly<Record<string, number>>, from = 0) {
    this.#processes = new Processes(() => ({ ...pids, "this command": process.pid }));
    this.#drivers = Object.keys(pids).filter((name) => name.startsWith("driver"));
    this.#timer = setInterval(() => {
      const { cores, hostShare, othersCores } = this.#processes.sample();
      if (Date.now() >= from) this.#seconds.push({ generatorCpu: Math.max(0, ...this.#drivers.map((name) => cores[name] ?? 0)), hostShare, othersCores });
    }, 1_000).unref();
  }

  /** Of what calls left late: none where nobody said when they should. */
  stop(recorded: readonly Recorded[]): validation.Watched {
    clearInterval(this.#timer);
    const sendLag = latencyOf(histogramOf(recorded.map((one) => one.sendLag)));
    const mean = (of: "hostShare" | "othersCores") => this.#seconds.reduce((sum, second) => sum + second[of], 0) / Math.max(1, this.#seconds.length);
    return { invalid: whyInvalid({ sendLag, seconds: this.#seconds }), sendLagP99Ms: sendLag.p99Ms, hostShare: mean("hostShare"), othersCores: mean("othersCores") };
  }
}
