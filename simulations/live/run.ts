/** A scenario against real nodes: generator processes, what they saw put together, and what the machine did meanwhile. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { mergedSecond, mergedTotal, resourcesOf, verdictOf, type ResourceResult, type RunResult, type Sample } from "../run/index.ts";
import { replayTable } from "../replay/index.ts";
import { judge, marksOf, nameOf, star, type Fault, type Scenario } from "../scenario/index.ts";
import { heardTable, sumOf } from "../visitor/index.ts";
import { Caches, type CacheCounts } from "./caches.ts";
import { clockAhead, spread } from "./clock.ts";
import type { FromGenerator, Order, ToGenerator } from "./generator.ts";
import { Loops, type LoopTime } from "./loops.ts";
import { host, Processes } from "./machine.ts";
import { whyInvalid } from "./validity.ts";

/** A cluster that takes the load. */
export interface LiveTarget {
  readonly urls: readonly string[];
  /** Settings of a node: calls go straight to the actors. */
  readonly bus?: Order["bus"];
  /** Of as many users as there are, by number; the first is the star. */
  readonly tokens: readonly string[];
  readonly tracks: Order["tracks"];
  readonly errands: Order["errands"];
  /** By generator: recorded acts, in place of visits. */
  readonly replays?: readonly NonNullable<Order["replay"]>[];
  /**
   * Processes of the service, by name and kind: their utilisation is what a report shows. Of those that say it the time that their event loop is busy, of others the
   * CPU, in parts of the cores that they can use. Of gateways that say it what their caches had.
   */
  readonly processes: Readonly<Record<string, { readonly pid: number; readonly kind: ResourceResult["kind"]; readonly cores: number; readonly loop?: LoopTime; readonly cache?: CacheCounts }>>;
  /** Makes a fault, and resolves with what ends it. A process that is started again has another pid in `processes` then. */
  fault?(name: string, how: Fault["how"]): Promise<() => Promise<void>>;
}

export interface LiveOptions {
  readonly seed: number;
  readonly scale: number;
  readonly generators: number;
  readonly version: string;
  readonly command: string;
  readonly signal: AbortSignal;
  /** Each second, for people. */
  progress?(series: readonly Sample[]): void;
}

type Second = Extract<FromGenerator, { second: unknown }>["second"];
type Total = Extract<FromGenerator, { total: unknown }>["total"];

/** Between "go" and the first visit: every generator has its order by then. */
const startMs = 1_000;
/** A generator that says nothing for so long after the end is given up. */
const endMs = 20_000;

/** Throws when a generator fails. */
export async function runLive(scenario: Scenario, target: LiveTarget, options: LiveOptions): Promise<RunResult> {
  const { seed, scale, generators, signal } = options;
  const children = await Promise.all(Array.from({ length: generators }, (_, index) => generator({
    scenario, seed, scale, share: { index, of: generators }, urls: target.urls, ...(target.bus === undefined ? {} : { bus: target.bus }), tracks: target.tracks, errands: target.errands,
    ...(target.replays?.[index] && { replay: target.replays[index] }), star: target.tokens[star] ?? "", tokens: target.tokens.slice(star + 1).filter((_token, n) => n % generators === index),
  })));
  try {
    const clockOffsetMs = spread(await Promise.all(children.map(clockAhead)));
    const startAt = Date.now() + startMs;
    const startedAt = new Date(startAt).toISOString();
    const generatorPids = Object.fromEntries(children.map((child, n) => [generatorName(n), child.pid ?? 0]));
    const processes = new Processes(() => ({ ...pidsOf(target), ...generatorPids, "this command": process.pid }));
    const [loops, caches] = [new Loops(), new Caches()];
    const seconds = new Map<number, Second[]>();
    const machine = new Map<number, Used>();
    const totals: Total[] = [];
    const series: Sample[] = [];
    const stop = () => { for (const child of children) if (child.connected) child.send({ stop: true } satisfies ToGenerator); };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const ended = children.map(async (child) => {
      child.on("message", (message: FromGenerator) => {
        if ("total" in message) totals.push(message.total);
        if (!("second" in message)) return;
        const { atS } = message.second;
        const all = seconds.get(atS) ?? [];
        seconds.set(atS, [...all, message.second]);
        if (all.length === 0) machine.set(atS, { ...processes.sample(), loops: loopShares(loops, target), hitRatio: caches.hitRatio(saidBy(target, "cache")) });
        if (all.length + 1 < generators) return;
        const sample = sampleOf(atS, seconds.get(atS) ?? [], machine.get(atS), target);
        series.push(sample);
        options.progress?.(series);
      });
      child.send({ go: { startAt } } satisfies ToGenerator);
      const [code] = (await once(child, "exit", { signal: AbortSignal.timeout(startMs + scenario.durationS * 1_000 + endMs) })) as [number | null];
      if (code !== 0) throw new Error(`a generator ended with ${code}`);
    });
    const faults = makeFaults(scenario.faults, target, startAt, signal);
    await Promise.all([...ended, faults]).finally(() => signal.removeEventListener("abort", stop));
    const { operations, sendLag } = mergedTotal(totals);
    const replayed = totals.flatMap(({ replayed }) => replayed ?? []);
    const counted = series.filter(({ atS }) => atS > scenario.warmUpS && atS <= scenario.durationS);
    const health = counted.map(({ atS }) => ({ generatorCpu: Math.max(...(seconds.get(atS) ?? []).map(({ cpu }) => cpu)), hostShare: machine.get(atS)?.hostShare ?? 0, othersCores: machine.get(atS)?.othersCores ?? 0 }));
    const invalid = [...whyInvalid({ sendLag, seconds: health }), ...(signal.aborted ? ["it was stopped before its end"] : [])];
    const kinds = { ...Object.fromEntries(Object.entries(target.processes).map(([name, { kind }]) => [name, kind])), ...Object.fromEntries(children.map((_child, n) => [generatorName(n), "generator" as const])), [hostName]: "host" as const };
    return {
      scenario: scenario.name, about: scenario.about, backEnd: "live", seed, scale, version: options.version, command: options.command, startedAt,
      durationS: scenario.durationS, warmUpS: scenario.warmUpS, host: host(), inputs: scenario, operations, series, marks: marksOf(scenario),
      resources: resourcesOf(counted, kinds),
      generator: { processes: generators, sendLag, clockOffsetMs, maxCpu: Math.max(0, ...health.map(({ generatorCpu }) => generatorCpu)), maxHostCpu: Math.max(0, ...health.map(({ hostShare }) => hostShare)) },
      ...verdictOf(judge(scenario.thresholds, operations), invalid),
      tables: [heardTable(sumOf(totals.map(({ tally }) => tally))), ...(replayed.length > 0 ? [replayTable(replayed)] : [])],
    };
  } finally {
    for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  }
}

async function generator(order: Order): Promise<ChildProcess> {
  const child = fork(new URL("generator.ts", import.meta.url), { execArgv: ["--disable-warning=ExperimentalWarning"], stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
  child.send({ order } satisfies ToGenerator);
  const gone = once(child, "exit").then(() => Promise.reject(new Error("a generator ended before it began")));
  await Promise.race([once(child, "message"), gone]);
  gone.catch(() => undefined);
  return child;
}

/** Each at its time, and ended at its time, or when the run is stopped. Throws when the cluster cannot do it. */
async function makeFaults(faults: readonly Fault[], target: LiveTarget, startAt: number, signal: AbortSignal): Promise<void> {
  const until = (ms: number) => pause(Math.max(0, startAt + ms - Date.now()), undefined, { signal }).catch(() => undefined);
  await Promise.all(faults.map(async (fault) => {
    await until(fault.atS * 1_000);
    if (signal.aborted) return;
    if (target.fault === undefined) throw new Error("this cluster makes no faults");
    const end = await target.fault(nameOf(fault), fault.how);
    await until((fault.atS + fault.forS) * 1_000);
    await end();
  }));
}

const generatorName = (n: number): string => `generator-${n + 1}`;
const hostName = "this machine";

const pidsOf = ({ processes }: LiveTarget): Record<string, number> => Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid]));

type Used = ReturnType<Processes["sample"]> & { readonly loops: Readonly<Record<string, number>>; readonly hitRatio: number | undefined };
type Said = Pick<LiveTarget["processes"][string], "loop" | "cache">;

/** By process, of those that say it. */
const saidBy = <Key extends keyof Said>({ processes }: LiveTarget, what: Key): Record<string, NonNullable<Said[Key]>> =>
  Object.fromEntries(Object.entries(processes).flatMap(([name, { [what]: said }]) => (said === undefined ? [] : [[name, said]])));

const loopShares = (loops: Loops, target: LiveTarget): Used["loops"] =>
  Object.fromEntries(Object.entries(saidBy(target, "loop")).map(([name, loop]) => [name, loops.share(name, loop)]));

/** What each process of a cluster uses while nobody asks it anything, as a run counts it, and "this machine", cores. */
export async function idleOf(target: LiveTarget, ms = 3_000): Promise<Readonly<Record<string, number>>> {
  const [processes, loops] = [new Processes(() => pidsOf(target)), new Loops()];
  loopShares(loops, target);
  await pause(ms);
  const { cores, hostShare } = processes.sample();
  return { ...cores, ...loopShares(loops, target), [hostName]: hostShare * host().cores };
}

function sampleOf(atS: number, parts: readonly Second[], machine: Used | undefined, { processes }: LiveTarget): Sample {
  const used = (name: string, cores = 1) => ({ utilisation: machine?.loops[name] ?? (machine?.cores[name] ?? 0) / cores, queue: 0 });
  const resources = {
    ...Object.fromEntries(Object.entries(processes).map(([name, { cores }]) => [name, used(name, cores)])),
    ...Object.fromEntries(parts.map((_part, n) => [generatorName(n), used(generatorName(n))])),
    [hostName]: { utilisation: machine?.hostShare ?? 0, queue: 0 },
  };
  const sum = (of: (part: Second) => number) => parts.reduce((all, part) => all + of(part), 0);
  return {
    atS,
    operations: mergedSecond(parts.map(({ kinds }) => kinds)),
    resources,
    gauges: { listeners: sum(({ listeners }) => listeners), "stalls so far": sum(({ tally }) => tally.stalls), "kbit/s of a chunk": (sum(({ tally }) => tally.bytes) * 8) / Math.max(1, sum(({ tally }) => tally.chunks)) / 5_000, ...(machine?.hitRatio === undefined ? {} : { "cache hit ratio of chunks, at the gateways": machine.hitRatio }), ...Object.fromEntries(Object.keys(machine?.loops ?? {}).map((name) => [`${name}, cores`, machine?.cores[name] ?? 0])) },
  };
}
