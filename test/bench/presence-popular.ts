/**
 * An account that very many follow must stall nobody. Everybody's deliveries are timed while one account changes ten times a second: with as many
 * followers as are still pushed to, all online on one gateway; and with a million, who read.
 */
import { limits } from "../../actors/presence/limits.ts";
import type { Changed, ChangeOrder } from "./presence-changes.ts";
import { follow, type Circle } from "../../commands/cluster/servers.ts";
import { followedBy, ring } from "./presence-people.ts";
import { followersOf, shown } from "./presence-path.ts";
import type { Stage } from "./presence-stage.ts";
import { round, type BenchCase } from "./result.ts";
import { ask } from "./told.ts";

const users = 2_000;
const friends = 20;
const perSecond = 100;
const starPerSecond = 10;
const ms = 10_000;
const million = 1_000_000;

export async function popularCases({ cluster, listeners, trackIds, say, come }: Stage): Promise<BenchCase[]> {
  const databaseUrl = cluster.env["DATABASE_URL"] ?? "";
  const circle = ring("pop", users, friends);
  // Two who are followed by all who are online; one of them by a million more.
  const stars = ["pop-star", "pop-megastar"];
  const everybody: Circle = { users: [...circle.users, ...stars], friends: [...circle.friends.map((followed) => [...followed, ...stars]), [], []] };
  say(`${million.toLocaleString("en")} followers`);
  await follow(databaseUrl, everybody);
  await followedBy(databaseUrl, stars[1] ?? "", million);
  await come("popular", everybody, { topics: ["friends:me"], batches: true }, 1, { isWritten: true });
  const order: ChangeOrder = { do: "change", set: "popular", users: everybody.users, followers: followersOf(everybody), trackIds, perSecond, ms, changing: circle.users.map((_, n) => n) };
  const alone: Changed[] = [await ask<Changed>(listeners, { ...order, ms: 3_000 })];
  const results: { readonly name: string; readonly changed: Changed }[] = [];
  for (const [name, beside] of [["alone", undefined], [`beside one that changes ${starPerSecond} times a second, with ${users} followers, all online on this gateway, pushed`, users], [`beside one that changes ${starPerSecond} times a second, with a million followers, read (threshold ${limits.popularAbove.toLocaleString("en")})`, users + 1], ["alone again", undefined]] as const) {
    const changed = await ask<Changed>(listeners, { ...order, ...(beside === undefined ? {} : { beside: { user: beside, perSecond: starPerSecond } }) });
    say(`${shown(name, changed)}; of the one beside ${changed.beside}`);
    results.push({ name, changed });
    if (beside === undefined) alone.push(changed);
  }
  await ask(listeners, { do: "close", set: "popular" });
  const base = Math.max(...alone.slice(1).map(({ sent }) => sent.p99Ms));
  return results.map(({ name, changed }) => ({
    case: `others' deliveries, ${name}`, ours: round(changed.sent.p99Ms), limit: round(base), unit: "ms (p99)", ratio: round(changed.sent.p99Ms / base),
    p50Ms: round(changed.sent.p50Ms), p99Ms: round(changed.sent.p99Ms), goal: "others stay below 500 ms (p99.9)", met: changed.sent.p999Ms <= 500 && changed.lost === 0,
  }));
}
