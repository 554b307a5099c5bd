/** What every kind of station measures: who came and how it ended, servers busy, jobs waiting, how long jobs waited and stayed. */
import { Latency, Level, quantileLatency } from "../statistics/index.ts";
import { above } from "./errors.ts";
import type { Measurement, Window } from "./measured.ts";
import type { Simulation } from "./simulation.ts";
import type { Outcome } from "./visits.ts";

export interface GaugeOptions {
  /** Names the station in the result and leads its stream; of its own in the simulation. */
  readonly name: string;
  /** With it the result has a row for every so many seconds. */
  readonly windowS?: number;
  /** False: no latencies are kept (150 KB a kind, and a third of the CPU of a visit), only counts and levels. */
  readonly latencies?: boolean;
}

/** Rows beyond this many are not written: a day of seconds for an hour of replications. */
const windowsMax = 1_000_000;

export class Gauge {
  readonly name: string;
  readonly busy = new Level();
  readonly waiting = new Level();
  readonly #simulation: Simulation;
  /** By class of priority. */
  readonly #waits: readonly Latency[];
  readonly #sojourn: Latency | undefined;
  readonly #window: { readonly latency: Latency; readonly rows: Window[]; readonly closed: { atS: number; busy: number; waiting: number; arrived: number; failed: number; served: number } } | undefined;
  #counts = { arrived: 0, served: 0, waited: 0, refused: 0, lost: 0, retried: 0 };

  constructor(simulation: Simulation, { name, windowS, latencies = true }: GaugeOptions, classes = 1) {
    this.name = name;
    this.#simulation = simulation;
    this.#waits = latencies ? Array.from({ length: classes }, () => new Latency()) : [];
    this.#sojourn = latencies ? new Latency() : undefined;
    if (windowS !== undefined) {
      above("windowS", windowS, 0);
      this.#window = { latency: new Latency(), rows: [], closed: { atS: 0, busy: 0, waiting: 0, arrived: 0, failed: 0, served: 0 } };
      simulation.every(windowS, () => this.#closeWindow());
    }
    simulation.register(this);
  }

  arrived(): void {
    this.#counts.arrived++;
  }

  retried(): void {
    this.#counts.retried++;
  }

  /** A job leaves the queue for a server, or goes there at once. */
  started(waitS: number, priority = 0): void {
    if (waitS > 0) this.#counts.waited++;
    this.#waits[priority]?.record(waitS);
  }

  ended(outcome: Outcome, sojournS: number): void {
    this.#counts[outcome]++;
    if (outcome !== "served") return;
    this.#sojourn?.record(sojournS);
    this.#window?.latency.record(sojournS);
  }

  reset(): void {
    const { nowS } = this.#simulation;
    this.#counts = { arrived: 0, served: 0, waited: 0, refused: 0, lost: 0, retried: 0 };
    for (const latency of [...this.#waits, this.#sojourn, this.#window?.latency]) latency?.reset();
    this.busy.reset(nowS);
    this.waiting.reset(nowS);
    if (this.#window === undefined) return;
    this.#window.rows.length = 0;
    Object.assign(this.#window.closed, { atS: nowS, busy: 0, waiting: 0, arrived: 0, failed: 0, served: 0 });
  }

  measure(): Measurement {
    const { nowS } = this.#simulation;
    const waits = this.#waits.map((wait, priority) => [this.#waits.length === 1 ? "wait" : `wait${priority}`, wait.figures()] as const);
    return {
      counts: { ...this.#counts },
      levels: { busy: this.busy.figures(nowS), waiting: this.waiting.figures(nowS) },
      latencies: { ...Object.fromEntries(waits), ...(this.#sojourn === undefined ? {} : { sojourn: this.#sojourn.figures() }) },
      windows: [...(this.#window?.rows ?? [])],
    };
  }

  #closeWindow(): void {
    if (this.#window === undefined) return;
    const { latency, rows, closed } = this.#window;
    const { nowS } = this.#simulation;
    const span = nowS - closed.atS;
    const figures = latency.figures();
    const [busy, waiting] = [this.busy.figures(nowS).area, this.waiting.figures(nowS).area];
    const { arrived, served, refused, lost } = this.#counts;
    const sum = [...figures.batches, ...figures.rest].reduce((total, batch) => total + batch.sum, 0);
    const row: Window = {
      fromS: closed.atS,
      arrived: arrived - closed.arrived,
      served: served - closed.served,
      failed: refused + lost - closed.failed,
      busyMean: (busy - closed.busy) / span,
      waitingMean: (waiting - closed.waiting) / span,
      meanS: sum / (served - closed.served),
      p50S: quantileLatency(figures, 0.5, 0.99).value,
      p99S: quantileLatency(figures, 0.99, 0.99).value,
    };
    if (rows.length < windowsMax && span > 0) rows.push(row);
    Object.assign(closed, { atS: nowS, busy, waiting, arrived, failed: refused + lost, served });
    latency.reset();
  }
}
