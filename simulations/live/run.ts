/** A scenario against real nodes: generator processes, what they saw put together, and what the machine did meanwhile. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mergedSecond, mergedTotal, type ResourceResult, type RunResult, type Sample } from "../run/index.ts";
import { judge, type Scenario } from "../scenario/index.ts";
import type { FromGenerator, Order, ToGenerator } from "./generator.ts";
import { host, Processes } from "./machine.ts";
import { whyInvalid } from "./validity.ts";

/** A cluster that takes the load. */
export interface LiveTarget {
  readonly urls: readonly string[];
  /** Of as many users as there are, by number. */
  readonly tokens: readonly string[];
  readonly tracks: Order["tracks"];
  /** Processes of the service, by name and kind: their CPU is the utilisation that a report shows. One event loop each, but for servers that use several cores. */
  readonly processes: Readonly<Record<string, { readonly pid: number; readonly kind: ResourceResult["kind"]; readonly cores: number }>>;
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

/** What uses less than this of its capacity is said to have a thousand times as much. */
const least = 0.001;

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
    scenario, seed, scale, share: { index, of: generators }, urls: target.urls, tracks: target.tracks,
    tokens: target.tokens.filter((_token, n) => n % generators === index),
  })));
  try {
    const startAt = Date.now() + startMs;
    const startedAt = new Date(startAt).toISOString();
    const pids = { ...Object.fromEntries(Object.entries(target.processes).map(([name, { pid }]) => [name, pid])), ...Object.fromEntries(children.map((child, n) => [`generator-${n + 1}`, child.pid ?? 0])), "this command": process.pid };
    const processes = new Processes(pids);
    const seconds = new Map<number, Second[]>();
    const machine = new Map<number, ReturnType<Processes["sample"]>>();
    const totals: Total[] = [];
    const series: Sample[] = [];
    const stop = () => { for (const child of children) child.send({ stop: true } satisfies ToGenerator); };
    signal.addEventListener("abort", stop, { once: true });
    const ended = children.map(async (child) => {
      child.on("message", (message: FromGenerator) => {
        if ("total" in message) totals.push(message.total);
        if (!("second" in message)) return;
        const { atS } = message.second;
        const all = seconds.get(atS) ?? [];
        seconds.set(atS, [...all, message.second]);
        if (all.length === 0) machine.set(atS, processes.sample());
        if (all.length + 1 < generators) return;
        const sample = sampleOf(atS, seconds.get(atS) ?? [], machine.get(atS), target);
        series.push(sample);
        options.progress?.(series);
      });
      child.send({ go: { startAt } } satisfies ToGenerator);
      const [code] = (await once(child, "exit", { signal: AbortSignal.timeout(startMs + scenario.durationS * 1_000 + endMs) })) as [number | null];
      if (code !== 0) throw new Error(`a generator ended with ${code}`);
    });
    await Promise.all(ended);
    const { operations, sendLag } = mergedTotal(totals);
    const counted = series.filter(({ atS }) => atS > scenario.warmUpS && atS <= scenario.durationS);
    const health = counted.map(({ atS }) => ({ generatorCpu: Math.max(...(seconds.get(atS) ?? []).map(({ cpu }) => cpu)), hostShare: machine.get(atS)?.hostShare ?? 0, othersCores: machine.get(atS)?.othersCores ?? 0 }));
    const thresholds = judge(scenario.thresholds, operations);
    const reasons = [...whyInvalid({ sendLag, seconds: health }), ...(signal.aborted ? ["it was stopped before its end"] : [])];
    const missed = thresholds.filter(({ ok }) => !ok).map(({ rule, value }) => `${rule}: it is ${Math.round(value * 100) / 100}`);
    return {
      scenario: scenario.name, about: scenario.about, backEnd: "live", seed, scale, version: options.version, command: options.command, startedAt,
      durationS: scenario.durationS, warmUpS: scenario.warmUpS, host: host(), inputs: scenario, operations, series, marks: [],
      resources: resourcesOf(counted, target),
      generator: { processes: generators, sendLag, maxCpu: Math.max(0, ...health.map(({ generatorCpu }) => generatorCpu)), maxHostCpu: Math.max(0, ...health.map(({ hostShare }) => hostShare)) },
      thresholds,
      verdict: reasons.length > 0 ? "invalid" : missed.length > 0 ? "fail" : "pass",
      reasons: [...reasons, ...missed],
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

function sampleOf(atS: number, parts: readonly Second[], machine: ReturnType<Processes["sample"]> | undefined, { processes }: LiveTarget): Sample {
  const resources = Object.fromEntries(Object.entries(processes).map(([name, { cores }]) => [name, { utilisation: (machine?.cores[name] ?? 0) / cores, queue: 0 }]));
  return {
    atS,
    operations: mergedSecond(parts.map(({ kinds }) => kinds)),
    resources,
    gauges: { listeners: parts.reduce((sum, { listeners }) => sum + listeners, 0), "generator CPU": Math.max(...parts.map(({ cpu }) => cpu)), "host CPU": machine?.hostShare ?? 0 },
  };
}

function resourcesOf(series: readonly Sample[], { processes }: LiveTarget): ResourceResult[] {
  return Object.entries(processes).map(([name, { kind }]): ResourceResult => {
    const used = series.map(({ resources }) => resources[name]?.utilisation ?? 0);
    const meanUtilisation = used.reduce((sum, value) => sum + value, 0) / Math.max(1, used.length);
    return { name, kind, meanUtilisation, maxUtilisation: Math.max(0, ...used), meanQueue: 0, maxQueue: 0, headroom: 1 / Math.max(least, meanUtilisation) };
  });
}
