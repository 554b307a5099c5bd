/** Where shards are and where they should be, as operators see it: computed from the store's view, so it wakes no actor and asks no node. */
import type { ClusterView } from "../../storage/index.ts";
import { hostsOf, preferred, shardsOf } from "./placement.ts";

/** A shard, its owner and who comes next. */
export interface ShardPlace {
  readonly shard: string;
  readonly owner: string | null;
  readonly epoch: number;
  /** Where an operator moved it; null when its place is computed. */
  readonly pinned: string | null;
  /** Who should own it now; null when no node may. */
  readonly wanted: string | null;
  /** Who would own it if the nodes before went away, nearest first: at most three. */
  readonly next: readonly string[];
}

/** One node's shards of one type. */
export interface NodeShards {
  readonly node: string;
  readonly type: string;
  readonly live: boolean;
  /** Stopping or drained. */
  readonly leaving: boolean;
  readonly owned: number;
  /** It should have these and does not yet. */
  readonly toCome: number;
  /** It has these and should not. */
  readonly toGo: number;
}

export interface Overview {
  readonly nodes: readonly NodeShards[];
  /** Shards that are not where they should be. */
  readonly moving: readonly ShardPlace[];
  readonly pinned: readonly ShardPlace[];
}

/** Types that some member hosts, in order. */
export const typesOf = (view: ClusterView): string[] => [...new Set(view.members.flatMap(({ types }) => types))].toSorted();

/** Answers where any shard is. Builds its maps once. */
export function placesIn(view: ClusterView): (shard: string) => ShardPlace {
  const owners = new Map(view.shards.map((one) => [one.shard, one]));
  const pins = new Map(view.pins.map(({ shard, node }) => [shard, node]));
  const live = new Set(view.members.filter((member) => member.live).map(({ node }) => node));
  return (shard) => {
    const { owner = null, epoch = 0 } = owners.get(shard) ?? {};
    const hosts = hostsOf(view.members, shard.slice(0, shard.indexOf("/")));
    const pin = pins.get(shard);
    const wanted = preferred(shard, hosts, pin) ?? null;
    const next: string[] = [];
    for (let left = hosts.filter((node) => node !== wanted); left.length > 0 && next.length < 3; left = left.filter((node) => node !== next.at(-1))) next.push(preferred(shard, left) ?? "");
    return { shard, owner: owner !== null && live.has(owner) ? owner : null, epoch, pinned: pin ?? null, wanted, next };
  };
}

/** Every shard of `type` (absent: of every type), counted by node. */
export function overview(view: ClusterView, type?: string): Overview {
  const placeOf = placesIn(view);
  const nodes: NodeShards[] = [];
  const moving: ShardPlace[] = [];
  const pinned: ShardPlace[] = [];
  for (const one of typesOf(view).filter((name) => type === undefined || name === type)) {
    const places = shardsOf(one).map(placeOf);
    moving.push(...places.filter(({ owner, wanted }) => owner !== wanted));
    pinned.push(...places.filter((place) => place.pinned !== null));
    for (const { node, live, leaving, types } of view.members) {
      if (!types.includes(one)) continue;
      const [owned, wanted] = [places.filter((place) => place.owner === node), places.filter((place) => place.wanted === node)];
      nodes.push({ node, type: one, live, leaving, owned: owned.length, toCome: wanted.filter(({ owner }) => owner !== node).length, toGo: owned.filter((place) => place.wanted !== node).length });
    }
  }
  return { nodes, moving, pinned };
}
