/** The whole path at the load that was asked for: device, gateway, session actor, presence actor, bus, gateways, friends' sockets. */
import type { ChangeOrder, Changed, Times } from "./presence-changes.ts";
import type { Circle } from "../../commands/cluster/servers.ts";
import { ring } from "./presence-people.ts";
import type { Stage } from "./presence-stage.ts";
import { round, type BenchCase } from "./result.ts";
import { ask, cpuSecondsOf } from "./told.ts";

const users = 2_000;
const friends = 20;
const perSecond = 200;
const warmUpMs = 3_000;
const ms = 15_000;

/** Numbers of the sockets whose users follow each of a circle's. */
export function followersOf({ users: all, friends: whom }: Circle): number[][] {
  const numbers = new Map(all.map((user, n) => [user, n]));
  const followers = all.map((): number[] => []);
  for (const [n, followed] of whom.entries()) for (const friend of followed) followers[numbers.get(friend) ?? -1]?.push(n);
  return followers;
}

export async function pathCases({ listeners, gateways, node, trackIds, say, come }: Stage): Promise<BenchCase[]> {
  const cases: BenchCase[] = [];
  for (const on of [1, 2]) {
    const circle = ring(`path${on}`, users, friends);
    const set = `path-${on}`;
    // As the client subscribes.
    await come(set, circle, { topics: ["session:me", "friends:me"], batches: true }, on);
    const order: ChangeOrder = { do: "change", set, users: circle.users, followers: followersOf(circle), trackIds, perSecond, ms };
    await ask<Changed>(listeners, { ...order, ms: warmUpMs });
    const processes = { node, ...Object.fromEntries(gateways.slice(0, on).map(({ child }, n) => [`gateway-${n + 1}`, child])), listeners };
    const before = Object.values(processes).map(({ pid = 0 }) => cpuSecondsOf(pid));
    const changed = await ask<Changed>(listeners, order);
    const cpu = Object.entries(processes).map(([name, { pid = 0 }], n) => `${name} ${Math.round(((cpuSecondsOf(pid) - (before[n] ?? 0)) / (ms / 1_000)) * 100)} %`);
    await ask(listeners, { do: "close", set });
    say(shown(on === 1 ? "1 gateway" : `${on} gateways`, changed));
    say(`  CPU: ${cpu.join(", ")}`);
    cases.push(...casesOf(`${users} users, ${friends} friends each, ${Math.round(changed.changesPerSecond)} changes/s, ${on === 1 ? "1 gateway" : `${on} gateways`}`, changed));
  }
  return cases;
}

const list = ({ p50Ms, p99Ms, p999Ms, maxMs }: Times) => `p50 ${round(p50Ms)}, p99 ${round(p99Ms)}, p99.9 ${round(p999Ms)}, most ${round(maxMs)} ms`;

export function shown(name: string, { changes, deliveries, deliveriesPerSecond, lost, twice, refused, firstRefusal, accepted, sent }: Changed): string {
  return `${name}: ${changes} changes, ${deliveries} deliveries (${Math.round(deliveriesPerSecond)}/s), ${lost} lost, ${twice} twice, ${refused} refused${firstRefusal === null ? "" : ` (${firstRefusal})`}; from acceptance ${list(accepted)}; from the device ${list(sent)}`;
}

function casesOf(name: string, { deliveriesPerSecond, lost, twice, accepted, sent }: Changed): BenchCase[] {
  const times = (from: string, { p50Ms, p99Ms, p999Ms }: Times): BenchCase => ({
    case: `${name}: from ${from} to the friend's socket (p99.9)`, ours: round(p999Ms), limit: null, unit: "ms", ratio: null, p50Ms: round(p50Ms), p99Ms: round(p99Ms), goal: "p50 <= 20, p99.9 <= 500", met: p50Ms <= 20 && p999Ms <= 500,
  });
  return [
    times("the session's acceptance", accepted),
    times("the device", sent),
    { case: `${name}: deliveries`, ours: Math.round(deliveriesPerSecond), limit: null, unit: "deliveries/s", ratio: null, goal: null, met: null },
    { case: `${name}: deliveries lost, or made twice`, ours: lost + twice, limit: null, unit: "deliveries", ratio: null, goal: 0, met: lost + twice === 0 },
  ];
}
