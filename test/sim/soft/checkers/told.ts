/**
 * What is told: stamps of one node for one actor rise with each change, one process speaks in an epoch and only its owner; and
 * along a life each change is told once, in order. That observers end with the owner's state is seen while it runs (workload.ts).
 */
import { meterShard } from "../record.ts";
import type { SoftChecker } from "./evidence.ts";

export const told: SoftChecker = ({ record, owned }) => {
  const violations: { checker: string; message: string }[] = [];
  const wrong = (message: string) => violations.push({ checker: "told", message });
  const owners = new Map(owned.flatMap(({ shard, epoch, claimedBy }) => (claimedBy === undefined ? [] : [[`${shard} ${epoch}`, claimedBy.slice(0, claimedBy.indexOf("#"))] as const])));
  const last = new Map<string, { readonly epoch: number; readonly n: number }>();
  const known = new Map<string, number>();
  for (const { at, process, key, by, epoch, n, count, items } of record.told) {
    const where = `${process.name} told (${epoch}, ${n}) of ${key} at ${at.toFixed(1)} ms`;
    const before = last.get(`${process.name} ${key}`);
    if (before !== undefined && (epoch < before.epoch || (epoch === before.epoch && n <= before.n))) wrong(`${where}, after (${before.epoch}, ${before.n})`);
    last.set(`${process.name} ${key}`, { epoch, n });
    const owner = owners.get(`${meterShard(key)} ${epoch}`);
    if (owner !== process.name) wrong(`${where}, whose owner in that epoch is ${owner ?? "nobody"}`);
    const life = record.lives.get(by);
    if (life === undefined) continue;
    const from = known.get(by) ?? life.base;
    const news = life.items.slice(from, count).join(" ");
    if (news !== items.join(" ")) wrong(`${where} as ${items.join(" ")}, and what happened since it last told is ${news}`);
    known.set(by, count);
  }
  return violations;
};
