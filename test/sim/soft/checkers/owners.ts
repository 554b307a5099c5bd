/**
 * Nobody answers for an actor, be it what it did or what it is, once another owner has claimed its shard. But a join that was given up and takes
 * effect later ends the life that a second join of the same node began, and that node learns it at its next renewal.
 */
import { meterShard } from "../record.ts";
import type { SoftChecker } from "./evidence.ts";

export const owners: SoftChecker = ({ record, owned, joins, limits }) => {
  const claims = Map.groupBy(owned.filter(({ claimedBy }) => claimedBy !== undefined), ({ shard }) => shard);
  return record.answers.flatMap(({ at, process, key, epoch, call, answer }) => {
    const claim = "ok" in answer ? claims.get(meterShard(key))?.find((one) => one.epoch > epoch && one.at < at) : undefined;
    const since = claims.get(meterShard(key))?.find((one) => one.epoch === epoch)?.at ?? Infinity;
    const isOverrun = joins.some((join) => join.node === process.name && join.at > since && join.at < at && at - join.at < limits.leaseMs);
    return claim === undefined || isOverrun ? [] : [{ checker: "owners", message: `${process.name} answered ${call.method} of ${key} in epoch ${epoch} at ${at.toFixed(1)} ms, and ${claim.owner} had it in epoch ${claim.epoch} since ${claim.at.toFixed(1)} ms` }];
  });
};
