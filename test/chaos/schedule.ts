/** Which faults a run has, and when: plain data, made from the seed alone. */
import type { Seeded } from "./random.ts";

export const nemeses = ["kill", "pause", "stop", "join", "drain", "pin", "nats", "partition", "postgres", "redis"] as const;
export type NemesisName = (typeof nemeses)[number];

export interface Fault {
  /** After the load began. */
  readonly atMs: number;
  readonly nemesis: NemesisName;
  /** Which of the nodes, from 0. */
  readonly node: number;
  /** From the blow to the healing. */
  readonly forMs: number;
  /** Of a partition. */
  readonly cut: Cut | undefined;
  /** It begins when the node has an append under way, which it holds, and lasts until the node's life is over in the store: a zombie for sure. */
  readonly isMidAppend: boolean;
}

/** What a partition cuts off from a node, and how (net.ts). */
export interface Cut {
  readonly links: readonly ("nats" | "postgres" | "redis")[];
  readonly how: "hold" | "hold-up" | "hold-down" | "refuse";
}

/** Held towards the database: a former owner's statement arrives when another owns the shard. */
const lateStatements: Cut = { links: ["postgres"], how: "hold-up" };
const cuts: readonly Cut[] = [
  lateStatements,
  { links: ["postgres"], how: "hold-down" },
  { links: ["postgres"], how: "refuse" },
  { links: ["nats"], how: "hold" },
  { links: ["nats"], how: "refuse" },
  { links: ["redis"], how: "refuse" },
  { links: ["nats", "postgres", "redis"], how: "hold" },
];

/** Of the nodes under test, as in production (actors/runtime/limits.ts). */
export const leaseMs = 6_000;
/** How long each lasts, ms. Pauses and partitions are longer or shorter than a lease. */
const lasts: Readonly<Record<NemesisName, readonly [number, number]>> = {
  kill: [500, 2_500],
  pause: [5_000, 9_000],
  stop: [200, 1_500],
  join: [2_000, 5_000],
  drain: [1_000, 2_500],
  pin: [500, 2_000],
  nats: [200, 1_500],
  partition: [3_000, 9_000],
  postgres: [0, 1_000],
  redis: [0, 0],
};
const shortMs = [600, 1_500] as const;
/** Until the first one: a run needs something to lose. */
const leadMs = 2_500;
/** Longer than a lease for sure: whoever comes back from it was taken for dead. */
const beyondLease = [7_200, 8_500] as const;

export interface Timing {
  /** Without one no append can be caught under way. */
  readonly hasJournal?: boolean;
  /** Between the end of one fault and the next, ms. */
  readonly betweenMs?: readonly [number, number];
}

/** Faults one after the other within `seconds`, each kind as often as the others. `mixed` among the names stands for all of them, `none` for none. */
export function schedule(random: Seeded, names: readonly (NemesisName | "mixed" | "none")[], seconds: number, nodes: number, { hasJournal = true, betweenMs = shortMs }: Timing = {}): Fault[] {
  const kinds = names.flatMap((name): readonly NemesisName[] => (name === "mixed" ? nemeses : name === "none" ? [] : [name]));
  if (kinds.length === 0) return [];
  const faults: Fault[] = [];
  const seen = new Set<NemesisName>();
  let bag: NemesisName[] = [];
  for (let atMs = leadMs; ; ) {
    if (bag.length === 0) bag = shuffled(random, kinds);
    const nemesis = bag.pop() ?? "kill";
    const isFirst = !seen.has(nemesis);
    seen.add(nemesis);
    // The first of these in a run makes a zombie for sure, or the run would prove nothing about zombies.
    const isMidAppend = hasJournal && isFirst && (nemesis === "pause" || nemesis === "partition");
    // Half of the kills last until others took over, when there is time for it.
    const isLongKill = nemesis === "kill" && random.chance(0.5) && atMs + beyondLease[0] < seconds * 1_000;
    const [low, high] = isMidAppend || isLongKill ? beyondLease : lasts[nemesis];
    const cut = nemesis !== "partition" ? undefined : isMidAppend ? lateStatements : random.pick(cuts);
    const fault: Fault = { atMs, nemesis, node: random.between(0, nodes - 1), forMs: random.between(low, high), cut, isMidAppend };
    const end = atMs + fault.forMs;
    // One that would last beyond the end is cut short, when it is worth it at all.
    if (atMs + low >= seconds * 1_000) return faults;
    faults.push(fault);
    atMs = end + random.between(...betweenMs);
  }
}

/** In an order of the seed's. */
export function shuffled<T>(random: Seeded, items: readonly T[]): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.between(0, at);
    const [one, two] = [order[at], order[other]];
    if (one !== undefined && two !== undefined) [order[at], order[other]] = [two, one];
  }
  return order;
}

export function described({ atMs, nemesis, node, forMs, cut, isMidAppend }: Fault): string {
  const where = nemesis === "nats" || nemesis === "postgres" || nemesis === "redis" || nemesis === "join" ? "" : ` node ${node + 1}`;
  return `${(atMs / 1_000).toFixed(1)} s ${nemesis}${where}${cut === undefined ? "" : ` ${cut.how} ${cut.links.join("+")}`}${isMidAppend ? " in the middle of an append" : ""}${forMs === 0 ? "" : ` for ${(forMs / 1_000).toFixed(1)} s`}`;
}
