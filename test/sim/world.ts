/**
 * One run of the simulation: nodes of the production runtime and callers in one process, on simulated time, network and
 * store. Faults rage for a while, then everything heals, and then everything must work. The seed decides it all.
 */
import { hash } from "../../actors/runtime/placement.ts";
import { ReminderFailed } from "../../actors/runtime/errors.ts";
import { limits, type Limits } from "../../actors/runtime/limits.ts";
import { Fenced, SequenceConflict, StorageUnavailable } from "../../storage/errors.ts";
import type { Membership } from "../../actors/runtime/membership.ts";
import type { ActorStore, JournalAppend } from "../../storage/ports.ts";
import { memoryActorStore } from "../../storage/testing/memory-actor-store.ts";
import { Seeded } from "../chaos/random.ts";
import { Caller, type CallerParts } from "./caller.ts";
import { Calls, type Way } from "./calls.ts";
import type { Evidence } from "./checkers/evidence.ts";
import { check } from "./checkers/index.ts";
import { gatewayEntry, nodeEntry, type Entry } from "./entry.ts";
import type { Asked, Violation } from "./history.ts";
import { Ledger } from "./ledger.ts";
import { inFairWeather } from "./fair-weather.ts";
import { logWorkload } from "./log-workload.ts";
import type { Mutant } from "./mutants.ts";
import { Network, soundNetwork } from "./network.ts";
import { planOf, type Plan, type WorkloadName } from "./plan.ts";
import { setPlaylistLimits } from "./playlist/limits.ts";
import { playlistWorkload } from "./playlist/workload.ts";
import { SimProcess } from "./process.ts";
import { reminderWorkload } from "./reminders/workload.ts";
import { Situations, type Situation } from "./situations.ts";
import { Storm } from "./storm.ts";
import { memoryMirror, SimMirror } from "./soft/mirror.ts";
import { SimEventLog } from "./soft/event-log.ts";
import { meterShard, SoftRecord } from "./soft/record.ts";
import { softWorkload } from "./soft/workload.ts";
import { SimStore } from "./store.ts";
import { Timeline } from "./timeline.ts";
import type { Workload } from "./workload.ts";

/** After the storm: leases end, shards are claimed, callers lose their patience. */
const healMs = 7_000;
/** For devices to catch up. */
const restMs = 5_000;

const workloads: Readonly<Record<WorkloadName, (world: World) => Workload>> = { log: ({ plan }) => logWorkload(plan.actors), playlist: playlistWorkload, reminders: reminderWorkload, soft: softWorkload };

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
  /** What came about in it. */
  readonly situations: readonly Situation[];
}

export class World {
  readonly plan: Plan;
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly store: SimStore;
  /** For soft actors. */
  readonly mirror: SimMirror;
  readonly events: SimEventLog;
  readonly soft = new SoftRecord();
  readonly ledger = new Ledger();
  readonly situations = new Situations();
  readonly history: Asked[] = [];
  readonly violations: Violation[] = [];
  /** Processes that callers may enter by. */
  readonly entries = new Map<string, Entry>();
  /** Names of processes that reach neither the store nor each other. */
  readonly isolated = new Set<string>();
  readonly random: Seeded;
  readonly trace: ((line: string) => void) | undefined;
  readonly workloads: readonly Workload[];
  readonly #core: ActorStore;
  readonly #mutant: Mutant;
  /** Also of processes that have died. */
  readonly #memberships = new WeakMap<SimProcess, Membership>();
  #lives = 0;

  constructor(seed: number, { mutant = {}, plan = {}, trace }: RunOptions) {
    this.plan = { ...planOf(seed), ...mutant.plan, ...plan };
    this.random = new Seeded(seed).fork(1);
    this.trace = trace === undefined ? undefined : (line) => trace(`${this.timeline.now.toFixed(2).padStart(10)} ${line}`);
    if (trace !== undefined) this.timeline.observe = (_at, label) => this.trace?.(label);
    this.#mutant = mutant;
    const core = memoryActorStore({ now: () => this.timeline.now });
    this.#core = mutant.core?.(core) ?? core;
    this.network = new Network(this.timeline, this.random.fork(2), this.plan.network);
    this.store = new SimStore(this.#core, this.ledger, this.situations, this.timeline, new Calls(this.timeline, this.random.fork(3), this.plan.store));
    const mirror = memoryMirror();
    this.mirror = new SimMirror(mutant.mirrorCore?.(mirror) ?? mirror, this.soft, this.timeline, new Calls(this.timeline, this.random.fork(6), this.plan.mirror));
    this.events = new SimEventLog(this.soft, this.timeline, new Calls(this.timeline, this.random.fork(7), this.plan.log));
    this.store.unheard = (process, events) => {
      this.situations.saw("a node died between a commit and its answer");
      const membership = this.#memberships.get(process);
      const isYielding = ({ shard, epoch }: JournalAppend) => membership?.mayFinish(shard, epoch) === true && membership.epochOf(shard) === undefined;
      this.situations.saw("a node died between a commit and its answer while it gave the shard away", events.some(isYielding));
    };
    this.workloads = this.plan.workloads.map((name) => workloads[name](this));
  }

  get core(): ActorStore {
    return this.#core;
  }

  /** Bounds of this run. */
  get limits(): Limits {
    return { ...limits, ...this.#limits() };
  }

  /** PostgreSQL, for everybody or one process: the store and the log. */
  databaseBecomes(way: Way, name?: string): void {
    for (const { calls } of [this.store, this.events]) calls.become(way, name);
  }

  wrong(checker: string, message: string): void {
    this.violations.push({ checker, message });
  }

  /** A node of this name begins a life. */
  startNode(name: string): void {
    const process = this.#process(name);
    const { type: mutateType, store: mutateStore, transport: mutateTransport, entry: mutateEntry, events: mutateEvents, mirror: mutateMirror } = this.#mutant;
    const sound = this.store.of(process);
    const store = mutateStore?.(sound) ?? sound;
    const isSoft = this.workloads.some(({ name }) => name === "soft");
    const events = this.events.of(process);
    const mirror = this.mirror.of(process);
    const owns = (actor: string): boolean => this.#memberships.get(process)?.epochOf(meterShard(actor.slice(actor.indexOf("/") + 1))) !== undefined;
    const transport = this.network.transportOf(process);
    const entry = nodeEntry({
      process,
      types: this.workloads.map((workload) => workload.typeOf(process)).map((type) => mutateType?.(type, store) ?? type),
      store,
      mirror: isSoft ? (mutateMirror?.(mirror, owns) ?? mirror) : undefined,
      events: isSoft ? (mutateEvents?.(events) ?? events) : undefined,
      clock: process.clock,
      transport: mutateTransport?.(transport) ?? transport,
      limits: this.#limits(),
      failed: (error) => this.#failed(name, error),
    });
    for (const workload of this.workloads) workload.hosted?.(entry);
    this.network.attach(entry);
    this.#memberships.set(process, entry.node.membership);
    process.run(() => {
      entry.node.start().then(
        () => this.entries.set(name, mutateEntry?.(entry) ?? entry),
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
    const entry = gatewayEntry(process, this.store.of(process), this.network, this.#limits(), () => {
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
    for (const { calls } of [this.store, this.mirror, this.events]) calls.heal();
    for (const { process } of this.entries.values()) if (process.isPaused) process.resume();
  }

  caller(name: string, isReader: boolean, patienceMs: number, callMs: number, enter: CallerParts["enter"] = this.entering(name, isReader), random: Seeded = this.randomOf(name)): Caller {
    return new Caller({
      name, timeline: this.timeline, random, thinkMs: this.plan.thinkMs, patienceMs, callMs, enter,
      asked: (one) => {
        this.history.push(one);
        this.trace?.(`${one.caller} ${one.operation.kind} ${one.actor} ${one.operation.items.join(" ")} through ${one.through}: ${JSON.stringify(one.outcome)}`);
      },
      hung: (entry, what) => this.wrong("liveness", `${entry.process.name} never answered ${what}`),
    });
  }

  /** Each caller's own. */
  randomOf(name: string): Seeded {
    return this.random.fork(hash(name));
  }

  /** The process where it was, mostly. Readers stay with one that is cut off, where stale reads would be; others may be led away from it. */
  entering(name: string, isReader: boolean): CallerParts["enter"] {
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
    if (error instanceof StorageUnavailable || error instanceof Fenced || error instanceof SequenceConflict || error instanceof ReminderFailed) return;
    this.wrong("errors", `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

/** Runs one seed. Never rejects. */
export async function simulate(seed: number, options: RunOptions = {}): Promise<Result> {
  const world = new World(seed, options);
  const { plan, timeline, workloads } = world;
  // The one bound that is no parameter, because it must never change where there is a journal.
  Object.assign(limits, { shards: plan.shards });
  setPlaylistLimits(plan.playlistLimits);
  const storm = new Storm(world);
  // Where an error was made is seen in a replay; to find that out takes longer than most of what a run does.
  const { stackTraceLimit } = Error;
  if (options.trace === undefined) Error.stackTraceLimit = 0;
  try {
    for (let n = 0; n < plan.nodes; n++) world.startNode(`n${n}`);
    for (let n = 0; n < plan.gateways; n++) world.startGateway(`g${n}`);
    for (let n = 0; n < plan.callers; n++) {
      const [name, isReader] = [`c${n}`, n < plan.readers];
      const random = world.randomOf(name);
      const habits = workloads[n % workloads.length]?.habits(name, isReader, random);
      if (habits !== undefined) world.caller(name, isReader, plan.patienceMs, plan.callMs, undefined, random).run(plan.stormMs, habits).catch((error: unknown) => world.wrong("callers", String(error)));
    }
    for (const workload of workloads) workload.begin?.(plan.stormMs);
    storm.begin();
    await timeline.runUntil(plan.stormMs);
    storm.end();
    world.heal();
    for (const workload of workloads) workload.healed?.();
    await timeline.runUntil(plan.stormMs + healMs);
    await inFairWeather(world);
    for (const workload of workloads) workload.rest?.();
    if (workloads.some(({ rest }) => rest !== undefined)) await timeline.runUntil(timeline.now + restMs);
  } catch (error) {
    world.wrong("run", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const judgement = await judged(world);
  Error.stackTraceLimit = stackTraceLimit;
  return { seed, ...judgement, hash: timeline.hash, events: timeline.events, faults: storm.count };
}

/** What the checkers say. */
async function judged(world: World): Promise<Omit<Result, "seed" | "hash" | "events" | "faults">> {
  const { plan, ledger, workloads, violations } = world;
  let evidence: Evidence = { history: world.history, commits: ledger.commits, owned: ledger.owned, snapshots: ledger.snapshots, eventsKept: plan.limits.eventsKept ?? limits.eventsKept };
  for (const { settled } of workloads) {
    if (settled === undefined) continue;
    const { history, violations: found } = await settled(evidence);
    evidence = { ...evidence, history };
    violations.push(...found);
  }
  return {
    violations: [...violations, ...check(evidence)],
    acknowledged: world.history.filter(({ outcome }) => outcome.is === "ok").length,
    unknown: world.history.filter(({ outcome }) => outcome.is === "unknown").length,
    refusedWrites: ledger.refusedWrites,
    situations: world.situations.all(ledger, world.history),
  };
}
