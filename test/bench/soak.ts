/**
 * `npm run bench -- soak [--seconds 300] [--sockets 5000]`: sockets that stay, whose users change what they play all the time, and the memory of
 * every process of ours each ten seconds, after a collection. Before that every user has heard as many tracks as a session
 * remembers: what grows then, grows without a bound. Flat: what a straight line through the samples after the warm-up gains from the
 * first to the last is less than 5 %.
 */
import { readFileSync } from "node:fs";
import { deviceId, type Changed, type ChangeOrder } from "./presence-changes.ts";
import { followersOf } from "./presence-path.ts";
import { follow } from "../../commands/cluster/servers.ts";
import { ring } from "./presence-people.ts";
import { openStage, type Stage } from "./presence-stage.ts";
import { machine, round, type BenchCase, type BenchResult } from "./result.ts";
import { ask, type Footprint } from "./told.ts";

const friends = 20;
const perSecond = 100;
const sampleMs = 10_000;
/** More than a session's history (50) and its operations (32). Sessions being filled at a time. */
const tracksHeard = 60;
const filling = 100;
/** Part of the run in which caches fill, at least a minute of a run that lasts five. */
const warmUp = 0.25;
const mostGrowth = 0.05;
/** Sockets, pools and journals: what a process holds open besides its connections. */
const spareFiles = 500;

interface Sample {
  readonly atMs: number;
  readonly value: number;
}

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const say = (line: string) => void (options.json || console.log(line));
  const seconds = numberOf(options.args, "--seconds", 300);
  const sockets = numberOf(options.args, "--sockets", 5_000);
  const files = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 0);
  if (files < sockets + spareFiles) throw new Error(`this process may open ${files} files: say "ulimit -n ${sockets + spareFiles}" first`);
  const on = machine();
  const stage = await openStage(say);
  try {
    const { cluster, node, gateways, listeners, trackIds, come } = stage;
    const circle = ring("soak", sockets, friends);
    await follow(cluster.env["DATABASE_URL"] ?? "", circle);
    await fill(stage, circle.users);
    await come("soak", circle, { topics: ["session:me", "friends:me"], batches: true }, gateways.length, { isWritten: true });
    say(`${sockets} sockets on ${gateways.length} gateways, ${perSecond} changes/s, ${seconds} s`);
    const order: ChangeOrder = { do: "change", set: "soak", users: circle.users, followers: followersOf(circle), trackIds, perSecond, ms: sampleMs };
    const ours = { node, ...Object.fromEntries(gateways.map(({ child }, n) => [`gateway-${n + 1}`, child])) };
    const samples = new Map<string, Sample[]>();
    const note = (name: string, value: number) => samples.set(name, [...(samples.get(name) ?? []), { atMs: performance.now() - startedAt, value }]);
    const startedAt = performance.now();
    const sum = { deliveries: 0, lost: 0, twice: 0, refused: 0 };
    while (performance.now() - startedAt < seconds * 1_000) {
      const changed = await ask<Changed>(listeners, order);
      for (const name of ["deliveries", "lost", "twice", "refused"] as const) sum[name] += changed[name];
      const line: string[] = [];
      for (const [name, child] of Object.entries(ours)) {
        const { rssBytes, heapBytes } = await ask<Footprint>(child, "footprint");
        note(`${name}, heap`, heapBytes);
        note(`${name}, resident`, rssBytes);
        line.push(`${name} ${mib(heapBytes)} of ${mib(rssBytes)}`);
      }
      for (const [name, pid] of Object.entries(cluster.servers)) {
        note(`${name}, resident`, residentOf(pid));
        line.push(`${name} ${mib(residentOf(pid))}`);
      }
      say(`${String(Math.round((performance.now() - startedAt) / 1_000)).padStart(4)} s  ${line.join("  ")} MiB  p99 ${round(changed.accepted.p99Ms)} ms, ${changed.lost} lost`);
    }
    const plain = { limit: null, ratio: null };
    const results: BenchCase[] = [...samples].map(([name, all]) => {
      const { growth, perMinute } = slope(all.filter(({ atMs }) => atMs > seconds * 1_000 * warmUp));
      say(`${name}: ${growth < mostGrowth ? "flat" : "grows"} (${percent(growth)} in all, ${percent(perMinute)} a minute, ${mib(all.at(-1)?.value ?? 0)} MiB at the end)`);
      return { case: `${name}: growth after the warm-up, ${sockets} sockets, ${seconds} s`, ours: round(growth * 100), ...plain, unit: "%", goal: "below 5", met: growth < mostGrowth };
    });
    results.push({ case: `deliveries lost or made twice, of ${sum.deliveries.toLocaleString("en")}`, ours: sum.lost + sum.twice, ...plain, unit: "deliveries", goal: 0, met: sum.lost + sum.twice === 0 });
    return { bench: "soak", machine: on, results };
  } finally {
    await stage.cluster.close();
  }
}

/** Everybody hears more tracks than a session's history and its memory of operations hold, while nobody is there to see it. */
async function fill({ broker, trackIds, say }: Stage, users: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  let next = 0;
  let saidAt = startedAt;
  await Promise.all(Array.from({ length: filling }, async () => {
    for (let n = next++; n < users.length; n = next++) {
      const meta = metaOf(users[n]);
      await broker.call("session.register", { deviceId, name: "Phone", type: "phone", opId: "fill" }, { meta });
      for (let turn = 0; turn < tracksHeard; turn++) {
        await broker.call("session.command", { type: "play", deviceId, opId: `fill-${turn}`, trackIds: [trackIds[(n + turn) % trackIds.length]] }, { meta });
      }
      if (performance.now() - saidAt < sampleMs) continue;
      saidAt = performance.now();
      say(`${n} of ${users.length} sessions filled`);
    }
  }));
  const { history } = await broker.call<{ history: readonly unknown[] }, object>("session.get", {}, { meta: metaOf(users[0]) });
  say(`${users.length} sessions filled in ${Math.round((performance.now() - startedAt) / 1_000)} s: ${history.length} tracks of history each`);
}

/** Of the straight line nearest to the samples: what it gains from the first to the last, and in a minute, as parts of where it begins. */
export function slope(samples: readonly Sample[]): { readonly growth: number; readonly perMinute: number } {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < 3) return { growth: Number.NaN, perMinute: Number.NaN };
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, value] = [mean(({ atMs }) => atMs), mean((sample) => sample.value)];
  const rise = mean((sample) => (sample.atMs - at) * (sample.value - value)) / mean((sample) => (sample.atMs - at) ** 2);
  const begin = value + rise * (first.atMs - at);
  return { growth: (rise * (last.atMs - first.atMs)) / begin, perMinute: (rise * 60_000) / begin };
}

const metaOf = (user: string | undefined) => ({ user: { id: user, username: user, plan: "premium", role: "listener", country: "SE" } });

function numberOf(args: readonly string[], name: string, standing: number): number {
  const at = args.indexOf(name);
  if (at < 0) return standing;
  const value = Number(args[at + 1]);
  if (!Number.isInteger(value) || value <= 0) throw new Error(`${name} takes a whole number`);
  return value;
}

const residentOf = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1_024;
const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
