/**
 * One run of the simulation: nodes of the production runtime and callers in one process, on simulated time, network and
 * store. Faults rage for a while, then everything heals, and then everything must work. The seed decides it all.
 */
import { hash, shardsOf } from "../../actors/runtime/placement.ts";
import type { AnyActorType } from "../../actors/runtime/activation.ts";
import { limits, type Limits } from "../../actors/runtime/limits.ts";
import { Fenced, SequenceConflict, StorageUnavailable } from "../../storage/errors.ts";
import type { ActorStore } from "../../storage/ports.ts";
import { memoryActorStore } from "../../storage/testing/memory-actor-store.ts";
import { Seeded } from "../chaos/random.ts";
import { Caller, type CallerParts } from "./caller.ts";
import { check } from "./checkers/index.ts";
import { gatewayEntry, nodeEntry, type Entry } from "./entry.ts";
import type { Asked, Violation } from "./history.ts";
import { Ledger } from "./ledger.ts";
import { logActor } from "./log-actor.ts";
import type { Mutant } from "./mutants.ts";
import { Network, soundNetwork } from "./network.ts";
import { planOf, type Plan } from "./plan.ts";
import { SimProcess } from "./process.ts";
import { Storm } from "./storm.ts";
import { SimStore, soundStore } from "./store.ts";
import { Timeline } from "./timeline.ts";

/** After the storm: leases end, shards are claimed, callers lose their patience. */
const healMs = 7_000;
/** In fair weather every call is answered in less. */
const fairCallMs = 1_500;

export interface RunOptions {
  readonly mutant?: Mutant;
  readonly plan?: Partial<Plan>;
  /** Sees what happens, line by line. */
  trace?(line: string): void;
}

export interface Result {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Of everything that happened, in order: the same seed gives the same. */
  readonly hash: string;
  readonly events: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refusedWrites: number;
  readonly faults: number;
}

export class World {
  readonly plan: Plan;
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly store: SimStore;
  readonly ledger = new Ledger();
  readonly history: Asked[] = [];
  readonly violations: Violation[] = [];
  /** Processes that callers may enter by. */
  readonly entries = new Map<string, Entry>();
  /** Names of processes that reach neither the store nor each other. */
  readonly isolated = new Set<string>();
  readonly random: Seeded;
  readonly trace: ((line: string) => void) | undefined;
  readonly #core: ActorStore;
  readonly #mutant: Mutant;
  #lives = 0;

  constructor(seed: number, { mutant = {}, plan = {}, trace }: RunOptions) {
    this.plan = { ...planOf(seed), ...mutant.plan, ...plan };
    this.random = new Seeded(seed).fork(1);
    this.trace = trace === undefined ? undefined : (line) => trace(`${this.timeline.now.toFixed(2).padStart(10)} ${line}`);
    if (trace !== undefined) this.timeline.observe = (_at, label) => this.trace?.(label);
    this.#mutant = mutant;
    const core = memoryActorStore({ now: () => this.timeline.now, wall: () => this.timeline.now });
    this.#core = mutant.core?.(core) ?? core;
    this.network = new Network(this.timeline, this.random.fork(2), this.plan.network);
    this.store = new SimStore(this.#core, this.ledger, this.timeline, this.random.fork(3), this.plan.store);
  }

  get core(): ActorStore {
    return this.#core;
  }

  wrong(checker: string, message: string): void {
    this.violations.push({ checker, message });
  }

  /** A node of this name begins a life. */
  startNode(name: string): void {
    const process = this.#process(name);
    const { type: mutateType, store: mutateStore, transport: mutateTransport } = this.#mutant;
    const type = logActor as unknown as AnyActorType;
    const store = this.store.of(process);
    const transport = this.network.transportOf(process);
    const entry = nodeEntry({
      process,
      type: mutateType?.(type) ?? type,
      store: mutateStore?.(store) ?? store,
      clock: process.clock,
      transport: mutateTransport?.(transport) ?? transport,
      limits: this.#limits(),
      failed: (error) => this.#failed(name, error),
    });
    this.network.attach(entry);
    process.run(() => {
      entry.node.start().then(
        () => this.entries.set(name, entry),
        () => {
          // As a supervisor does: it is started again.
          process.die();
          this.network.detach(entry);
          this.timeline.after(300, `${name} again`, () => this.startNode(name));
        },
      );
    });
  }

  startGateway(name: string): void {
    const process = this.#process(name);
    const entry = gatewayEntry(process, this.network, this.#limits(), () => {
      const nodes = [...this.entries.values()].filter(({ node }) => node !== undefined);
      return nodes.length === 0 ? undefined : process.random.pick(nodes).process.name;
    });
    this.network.attach(entry);
    this.entries.set(name, entry);
  }

  /** The process is gone; its messages and statements may still be under way. */
  kill(entry: Entry): void {
    entry.process.die();
    this.forget(entry);
  }

  forget(entry: Entry): void {
    this.network.detach(entry);
    if (this.entries.get(entry.process.name) === entry) this.entries.delete(entry.process.name);
  }

  /** Everything works again. */
  heal(): void {
    this.network.heal();
    this.network.faults = soundNetwork;
    this.store.heal();
    this.store.faults = soundStore;
    for (const { process } of this.entries.values()) if (process.isPaused) process.resume();
  }

  caller(name: string, isReader: boolean, patienceMs: number, callMs: number, enter: CallerParts["enter"] = this.#entering(name, isReader)): Caller {
    const { actors, thinkMs } = this.plan;
    return new Caller({
      name, timeline: this.timeline, random: this.random.fork(hash(name)), thinkMs, isReader, patienceMs, callMs, enter,
      actors: Array.from({ length: actors }, (_, n) => `a${n}`),
      asked: (one) => {
        this.history.push(one);
        this.trace?.(`${one.caller} ${one.operation.kind} ${one.actor} ${"items" in one.operation ? one.operation.items.join(" ") : ""} through ${one.through}: ${JSON.stringify(one.outcome)}`);
      },
      hung: (entry, what) => this.wrong("liveness", `${entry.process.name} never answered ${what}`),
    });
  }

  /** The process where it was, mostly. Readers stay with one that is cut off, where stale reads would be; others may be led away from it. */
  #entering(name: string, isReader: boolean): CallerParts["enter"] {
    const random = this.random.fork(hash(`${name} enters`));
    const isOpen = ({ process }: Entry) => isReader || !this.plan.leadsAway || !this.isolated.has(process.name);
    return (usual) => {
      if (usual?.process.isAlive === true && isOpen(usual) && random.chance(0.97)) return usual;
      const open = [...this.entries.values()].filter(isOpen);
      return open.length === 0 ? undefined : random.pick(open);
    };
  }

  #process(name: string): SimProcess {
    return new SimProcess(name, this.timeline, this.random.fork(10_000 + this.#lives++), this.plan.clock);
  }

  #limits(): Partial<Limits> {
    return { ...this.plan.limits, ...this.#mutant.limits };
  }

  /** What the runtime logs: failing stores are what the storm is about; anything else is a bug. */
  #failed(name: string, error: unknown): void {
    this.trace?.(`${name} logs ${String(error)}`);
    if (error instanceof StorageUnavailable || error instanceof Fenced || error instanceof SequenceConflict) return;
    this.wrong("errors", `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

/** Runs one seed. Never rejects. */
export async function simulate(seed: number, options: RunOptions = {}): Promise<Result> {
  const world = new World(seed, options);
  const { plan, timeline, ledger } = world;
  // The one bound that is no parameter, because it must never change where there is a journal.
  Object.assign(limits, { shards: plan.shards });
  const storm = new Storm(world);
  try {
    for (let n = 0; n < plan.nodes; n++) world.startNode(`n${n}`);
    for (let n = 0; n < plan.gateways; n++) world.startGateway(`g${n}`);
    const callers = Array.from({ length: plan.callers }, (_, n) => world.caller(`c${n}`, n < plan.readers, plan.patienceMs, plan.callMs));
    for (const caller of callers) caller.run(plan.stormMs).catch((error: unknown) => world.wrong("callers", String(error)));
    storm.begin();
    await timeline.runUntil(plan.stormMs);
    storm.end();
    world.heal();
    await timeline.runUntil(plan.stormMs + healMs);
    await inFairWeather(world);
  } catch (error) {
    world.wrong("run", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const evidence = { history: world.history, commits: ledger.commits, owned: ledger.owned, eventsKept: plan.limits.eventsKept ?? limits.eventsKept };
  return {
    seed,
    violations: [...world.violations, ...check(evidence)],
    hash: timeline.hash,
    events: timeline.events,
    acknowledged: world.history.filter(({ outcome }) => outcome.is === "ok").length,
    unknown: world.history.filter(({ outcome }) => outcome.is === "unknown").length,
    refusedWrites: ledger.refusedWrites,
    faults: storm.count,
  };
}

/** Nothing is wrong any more: every actor answers through every process, every shard has an owner, and nothing is left waiting. */
async function inFairWeather(world: World): Promise<void> {
  const { timeline, plan } = world;
  for (const entry of world.entries.values()) {
    const { host, router } = { host: entry.node?.host, router: entry.router };
    if ((host?.waiting ?? 0) !== 0) world.wrong("leaks", `${host?.waiting} calls wait at ${entry.process.name}`);
    if (router.routed !== 0) world.wrong("leaks", `${router.routed} calls are on their way from ${entry.process.name}`);
  }
  const { members, shards } = await world.core.view();
  const live = new Set(members.filter(({ live: isLive }) => isLive).map(({ node }) => node));
  const owners = new Map(shards.map(({ shard, owner }) => [shard, owner]));
  for (const shard of shardsOf("log")) if (!live.has(owners.get(shard) ?? "")) world.wrong("liveness", `nobody owns ${shard}`);
  const asked: Promise<void>[] = [];
  for (const entry of world.entries.values()) {
    for (let n = 0; n < plan.actors; n++) {
      const name = `z-${entry.process.name}-${n}`;
      // Where hardly anything may wait, who is turned away asks again.
      const caller = world.caller(name, false, isTight(plan.limits) ? fairCallMs : 1, fairCallMs, () => entry);
      asked.push((async () => {
        for (const operation of [{ kind: "append", items: [`${name}-1`] }, { kind: "list" }] as const) {
          const { outcome, askedAt, endedAt } = await caller.ask(operation, `a${n}`);
          if (outcome.is !== "ok") world.wrong("liveness", `${operation.kind} of a${n} through ${entry.process.name} failed in fair weather: ${outcome.why}`);
          else if (endedAt - askedAt > fairCallMs && !isTight(plan.limits)) world.wrong("liveness", `${operation.kind} of a${n} through ${entry.process.name} took ${endedAt - askedAt} ms in fair weather`);
        }
      })());
    }
  }
  if (world.entries.size === 0) world.wrong("liveness", "no process is left");
  await timeline.runUntil(timeline.now + 2 * (fairCallMs + 5_000));
  await Promise.all(asked);
}

const isTight = ({ activations = limits.activations, waitingPerActor = limits.waitingPerActor }: Partial<Limits>): boolean => activations < 100 || waitingPerActor < 100;
