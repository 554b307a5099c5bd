/** Epochs rise with every new owner, one life writes in an epoch of a shard, and epochs never decrease along a journal. */
import { byActor, type Checker } from "./evidence.ts";

export const ownership: Checker = ({ commits, owned }) => {
  const violations: { checker: string; message: string }[] = [];
  const wrong = (message: string) => violations.push({ checker: "ownership", message });
  for (const [shard, seen] of Map.groupBy(owned, (one) => one.shard)) {
    let last = 0;
    const owners = new Map<number, string>();
    const claims = new Map<number, string>();
    for (const { epoch, owner, claimedBy } of seen) {
      if (epoch < last) wrong(`the epoch of ${shard} went back from ${last} to ${epoch}`);
      last = Math.max(last, epoch);
      // An owner whose life has ended is nobody, until somebody claims.
      if (owner === null) continue;
      const before = owners.get(epoch);
      if (before !== undefined && before !== owner) wrong(`${shard} has two owners in epoch ${epoch}: ${before} and ${owner}`);
      owners.set(epoch, owner);
      const claim = claims.get(epoch);
      if (claim !== undefined && claimedBy !== undefined && claim !== claimedBy) wrong(`${claim} and ${claimedBy} were both given ${shard} in epoch ${epoch}`);
      if (claimedBy !== undefined) claims.set(epoch, claimedBy);
    }
  }
  const writers = new Map<string, string>();
  for (const { shard, epoch, writer } of commits) {
    const before = writers.get(`${shard} ${epoch}`);
    if (before !== undefined && before !== writer) wrong(`${before} and ${writer} both wrote to ${shard} in epoch ${epoch}`);
    writers.set(`${shard} ${epoch}`, writer);
  }
  for (const [actor, events] of byActor(commits)) {
    let last = 0;
    for (const { epoch, seq } of events.toSorted((one, other) => one.seq - other.seq)) {
      if (epoch < last) wrong(`event ${seq} of ${actor} is of epoch ${epoch}, after one of epoch ${last}`);
      last = epoch;
    }
  }
  return violations;
};
