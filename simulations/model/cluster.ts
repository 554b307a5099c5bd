/** Gateways, nodes and generators: how an operation goes through them, and what a fault does to it. */
import type { Simulation } from "../engine/index.ts";
import type { Stream } from "../random/index.ts";
import type { ResourceResult } from "../run/index.ts";
import type { Fault } from "../scenario/index.ts";
import type { OperationCost } from "./calibration.ts";
import { Process } from "./process.ts";

export interface ClusterOptions {
  readonly nodes: number;
  readonly gateways: number;
  readonly generators: number;
  readonly cores: number;
  /** Of all cores, in use when nothing is asked, and in the run that the rests come from. */
  readonly idleUse: number;
  readonly machineUse: number;
  /** Whether operations have a timer: only faults make one late enough. */
  readonly timesOut: boolean;
}

/** As the generator: an answer is waited for so long, and a gateway that was away is left alone for so long. */
const timeoutS = 10;
const awayS = 2;
/** A killed node's actors live again on others after this: its lease has to end first (docs/cluster.md). */
const takeoverS = 5;

/** Of the cores: close to 1 nothing would ever be done. */
const fullest = 0.97;

interface Gateway {
  readonly process: Process;
  awayUntilS: number;
}

interface Node {
  readonly process: Process;
  /** Its actors are on other nodes from then on; Infinity while it lives. */
  goneAtS: number;
}

export class Cluster {
  readonly #sim: Simulation;
  readonly #options: ClusterOptions;
  readonly #generators: readonly Process[];
  readonly #gateways: readonly Gateway[];
  readonly #nodes: readonly Node[];
  readonly #chance: Stream;
  /** CPU of everything so far, s. */
  #machineS = 0;
  /** Of the second before, and when and with what it began. */
  #use = 0;
  #secondAtS = 0;
  #secondS = 0;
  /** What waits for servers that stand still. */
  #held: (() => void)[] | undefined;

  constructor(sim: Simulation, options: ClusterOptions) {
    this.#sim = sim;
    this.#chance = sim.stream("rest");
    this.#options = options;
    const pool = (kind: string, count: number) => Array.from({ length: count }, (_, n) => new Process(sim, `${kind}-${n + 1}`));
    this.#generators = pool("generator", options.generators);
    this.#gateways = pool("gateway", options.gateways).map((process) => ({ process, awayUntilS: 0 }));
    this.#nodes = pool("node", options.nodes).map((process) => ({ process, goneAtS: Infinity }));
  }

  processes(): ProcessFigures[] {
    return [
      ...this.#gateways.map(({ process }) => ofKind("gateway", process)), ...this.#nodes.map(({ process }) => ofKind("node", process)), ...this.#generators.map((process) => ofKind("generator", process)),
      { name: "this machine", kind: "host", usedS: this.#machineS, inside: 0, capacity: this.#options.cores },
    ];
  }

  /** `user`: whose gateway, and whose actor. `done` is told once: "ok", or what cut it. */
  take({ gatewayS, nodeS, generatorS, machineS, restS }: OperationCost, user: number, done: (outcome: string) => void): void {
    this.#machineS += machineS;
    let isOver = false;
    const over = (outcome: string) => {
      if (isOver) return;
      isOver = true;
      if (timer !== undefined) this.#sim.cancel(timer);
      done(outcome);
    };
    const generator = this.#generators[user % this.#generators.length] as Process;
    const gateway = this.#gatewayOf(user);
    const cut = (outcome: string) => {
      gateway.awayUntilS = this.#sim.nowS + awayS;
      over(outcome);
    };
    const timer = this.#options.timesOut ? this.#sim.timer(timeoutS, cut, "timeout") : undefined;
    const atGateway = (workS: number, then: () => void) => gateway.process.enter(workS, (isDone) => (isDone ? then() : cut("ECONNRESET")));
    const answered = () => this.#sim.after(this.#rest(restS), read, undefined);
    const read = () => generator.enter(generatorS / 2, () => over("ok"));
    const back = () => atGateway(gatewayS / 2, answered);
    const further = () => (nodeS === 0 ? back() : this.#atNode(user, nodeS, back));
    generator.enter(generatorS / 2, () => {
      if (gateway.process.isKilled) return this.#sim.after(0, cut, "ECONNREFUSED");
      atGateway(gatewayS / 2, further);
    });
  }

  /** What waits beyond the usual waits for cores, and that as 1 / (1 - use): use of the second before, against that of the calibrating run. */
  #rest(restS: readonly number[]): number {
    const { nowS } = this.#sim;
    const usualS = restS[restS.length >> 1] ?? 0;
    const drawnS = restS[this.#chance.index(restS.length)] ?? 0;
    if (nowS - this.#secondAtS >= 1) {
      this.#use = (this.#machineS - this.#secondS) / (nowS - this.#secondAtS) / this.#options.cores + this.#options.idleUse;
      [this.#secondAtS, this.#secondS] = [nowS, this.#machineS];
    }
    const stretch = (1 - Math.min(fullest, this.#options.machineUse)) / (1 - Math.min(fullest, this.#use));
    return drawnS <= usualS ? drawnS : usualS + (drawnS - usualS) * stretch;
  }

  begin({ what, number, how }: Fault): void {
    if (what === "nats" || what === "redis") this.#held ??= [];
    else if (how === "pause") this.#process(what, number)?.pause();
    else {
      const node = what === "node" ? this.#nodes[number - 1] : undefined;
      if (node !== undefined) node.goneAtS = this.#sim.nowS + takeoverS;
      this.#process(what, number)?.kill();
    }
  }

  end({ what, number }: Fault): void {
    const held = this.#held ?? [];
    if (what === "nats" || what === "redis") this.#held = undefined;
    else this.#process(what, number)?.resume();
    const node = what === "node" ? this.#nodes[number - 1] : undefined;
    if (node !== undefined) node.goneAtS = Infinity;
    for (const go of held) go();
  }

  #process(what: "node" | "gateway", number: number): Process | undefined {
    return (what === "node" ? this.#nodes : this.#gateways)[number - 1]?.process;
  }

  #gatewayOf(user: number): Gateway {
    const count = this.#gateways.length;
    for (let n = 0; n < count; n++) {
      const gateway = this.#gateways[(user + n) % count] as Gateway;
      if (gateway.awayUntilS <= this.#sim.nowS) return gateway;
    }
    return this.#gateways[user % count] as Gateway;
  }

  /** A user's actor: at his node, or at another when that one has been gone for long enough. What the node lost is asked again there. */
  #atNode(user: number, workS: number, then: () => void): void {
    const go = () => this.#atNode(user, workS, then);
    if (this.#held !== undefined) return void this.#held.push(go);
    const own = this.#nodes[user % this.#nodes.length] as Node;
    if (own.goneAtS > this.#sim.nowS && own.process.isKilled) return this.#sim.at(own.goneAtS, run, go);
    const alive = own.process.isKilled ? this.#nodes.filter(({ process }) => !process.isKilled) : [own];
    const node = alive[Math.floor(user / this.#nodes.length) % Math.max(1, alive.length)];
    if (node === undefined) return this.#sim.after(1, run, go);
    node.process.enter(workS, (isDone) => (isDone ? then() : go()));
  }
}

export interface ProcessFigures {
  readonly name: string;
  readonly kind: ResourceResult["kind"];
  /** Time at work so far, s; of the machine CPU. */
  readonly usedS: number;
  /** Pieces of work waiting and under way. */
  readonly inside: number;
  /** Cores that it could use. */
  readonly capacity: number;
}

const ofKind = (kind: ResourceResult["kind"], { name, usedS, inside }: Process): ProcessFigures => ({ name, kind, usedS, inside, capacity: 1 });

const run = (act: () => void): void => act();
