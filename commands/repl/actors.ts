/** Commands about actors: which live where, how busy they are. */
import { setTimeout as pause } from "node:timers/promises";
import type { ActorStatus, HotActor, NodeStatus, ShardPlace } from "../../actors/index.ts";
import type { ConsoleCommand } from "./command.ts";
import { Sentence } from "./command.ts";
import { listOf, when, type Cell } from "./layout.ts";
import { actorNodes, anyNode, ask, find, order } from "./nodes.ts";

/** Rates are counted over this time. */
const overMs = 1_000;

interface Figures {
  readonly node: string;
  readonly draining: boolean;
  readonly shards: number;
  readonly activations: number;
  /** Ready at once; the others are packed. */
  readonly active: number;
  readonly packed: number;
  readonly waiting: number;
  readonly turnsPerSecond: number;
  readonly commitsPerSecond: number;
  readonly eventsPerCommit: number | null;
  readonly commitMs: number | null;
  readonly loads: number;
  readonly refusals: number;
  readonly fencedWrites: number;
}

const actors: ConsoleCommand = {
  command: "actors",
  description: "Actors on each node, and what they did in the last second",
  options: { "--type <type>": "of this type only (commits are shared by all)", "--top <n>": "and the actors that change most" },
  async run({ broker, options, number }) {
    const type = options["type"] as string | undefined;
    const top = number("top");
    if (type !== undefined) await ask(broker, anyNode(broker), "shards", { type });
    anyNode(broker);
    const nodes = actorNodes(broker);
    const everywhere = <T>(action: string, params?: object) => Promise.all(nodes.map((node) => ask<T>(broker, node, action, params).catch(() => undefined)));
    const before = await everywhere<NodeStatus>("status");
    const [watched] = await Promise.all([top === undefined ? undefined : everywhere<HotActor[]>("hottest", { type, limit: Math.min(top, 1_000), overMs }), pause(overMs)]);
    const after = await everywhere<NodeStatus>("status");
    const silent = nodes.filter((_, at) => before[at] === undefined || after[at] === undefined);
    const figures = nodes.flatMap((_, at) => {
      const [was, is] = [before[at], after[at]];
      return was === undefined || is === undefined ? [] : [figuresOf(was, is, type)];
    });
    const hottest = watched?.flatMap((list, at) => (list ?? []).map((one) => ({ node: nodes[at] ?? "", ...one })))
      .toSorted((one, other) => other.events - one.events || other.waiting - one.waiting || one.idleMs - other.idleMs).slice(0, top);
    return {
      json: { nodes: figures, silent, ...(hottest === undefined ? {} : { hottest }) },
      text: (tableOf) => [
        tableOf(["Node", "Shards", "Active", "Packed", "Waiting", "Turns/s", "Commits/s", "Events/commit", "Commit ms", "Loads", "Refusals", "Fenced writes"], figures.map(rowOf)),
        ...(silent.length === 0 ? [] : [`No answer from ${silent.join(", ")}.`]),
        ...(hottest === undefined ? [] : [tableOf(["Actor", "Node", "Version", "Events/s", "Waiting", "Idle ms"], hottest.map((one) => [`${one.type} ${one.key}`, one.node, one.version, one.events, one.waiting, one.idleMs]))]),
      ].join("\n"),
    };
  },
};

const rowOf = (one: Figures): Cell[] => [
  one.draining ? `${one.node} (drained)` : one.node, one.shards, one.active, one.packed, one.waiting, one.turnsPerSecond, one.commitsPerSecond,
  one.eventsPerCommit, one.commitMs, one.loads, one.refusals, one.fencedWrites,
];

function figuresOf(was: NodeStatus, is: NodeStatus, type: string | undefined): Figures {
  const sum = (status: NodeStatus, of: "activations" | "packed" | "waiting" | "turns" | "loads" | "refusals") =>
    status.types.reduce((total, one) => (type === undefined || one.type === type ? total + one[of] : total), 0);
  const seconds = (is.at - was.at) / 1_000;
  const commits = is.commits - was.commits;
  return {
    node: is.node, draining: is.draining, shards: is.shards,
    activations: sum(is, "activations"), active: sum(is, "activations") - sum(is, "packed"), packed: sum(is, "packed"), waiting: sum(is, "waiting"),
    turnsPerSecond: rounded((sum(is, "turns") - sum(was, "turns")) / seconds, 0),
    commitsPerSecond: rounded(commits / seconds, 0),
    eventsPerCommit: commits === 0 ? null : rounded((is.events - was.events) / commits, 1),
    commitMs: commits === 0 ? null : rounded((is.commitMs - was.commitMs) / commits, 2),
    loads: sum(is, "loads"), refusals: sum(is, "refusals"), fencedWrites: is.fencedWrites,
  };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const actor: ConsoleCommand = {
  command: "actor <type> <key>",
  description: "One actor: where it lives, its version, what waits for it (does not wake it)",
  completes: ["type"],
  async run({ broker, args: { type = "", key = "" } }) {
    const { node } = await find(broker, type, key);
    const status = await ask<ActorStatus>(broker, node, "actor", { type, key });
    const { live, snapshot } = status;
    return {
      json: status,
      text: () => listOf([
        ["actor", `${type} ${key}`], ["shard", status.shard], ["owner", status.owner], ["epoch", status.epoch], ["version", status.version],
        ["last snapshot", snapshot === null ? "none" : `version ${snapshot.version}, ${when(snapshot.at)}`],
        ["in memory", live === null ? "no" : live.isLoading ? "loading" : live.packedBytes > 0 ? `packed, ${live.packedBytes} bytes` : "active"],
        ...status.reminders.map((one): [string, Cell] => ["reminder", reminderText(one)]),
        ["waiting calls", live?.waiting], ["idle ms", live?.idleMs],
        ["not committed yet", live !== null && live.version > status.version ? `${live.version - status.version} events` : undefined],
      ]),
    };
  },
};

function reminderText({ name, dueAt, failures, nextAt }: ActorStatus["reminders"][number]): string {
  const failed = failures === 0 ? "" : `, failed ${failures} times, ${nextAt === null ? "nobody tries any more" : `again ${when(nextAt)}`}`;
  return `${name}: ${when(dueAt)}${failed}`;
}

const where: ConsoleCommand = {
  command: "where <type> <key>",
  description: "An actor's shard, who owns it, and who would be next (does not wake it)",
  completes: ["type"],
  async run({ broker, args: { type, key } }) {
    const place = await ask<ShardPlace>(broker, anyNode(broker), "where", { type, key });
    return { json: place, text: () => placeText(place) };
  },
};

/** A shard's place as people read it. */
export const placeText = (place: ShardPlace): string => listOf([
  ["shard", place.shard], ["owner", place.owner], ["epoch", place.epoch],
  ["moved to", place.pinned ?? undefined],
  ["on its way to", place.wanted === place.owner ? undefined : place.wanted],
  ["next", place.next.join(", ") || "no other node takes it"],
]);

const passivate: ConsoleCommand = {
  command: "passivate <type> <key>",
  description: "Drop an actor from memory; its next call loads it from the journal",
  changes: true,
  completes: ["type"],
  async run({ broker, args: { type = "", key = "" }, confirm }) {
    const { place, node } = await find(broker, type, key);
    if (place.owner === null) throw new Sentence(`Nobody owns ${place.shard}: the actor is in no memory.`);
    await confirm(`Drop ${type} ${key} from the memory of ${node}?`);
    const answer = await order<{ passivated: boolean }>(broker, node, "passivate", { type, key });
    return { json: { node, ...answer }, text: () => (answer.passivated ? `${type} ${key} is out of the memory of ${node}.` : `${type} ${key} was not in memory.`) };
  },
};

export const actorCommands: readonly ConsoleCommand[] = [actors, actor, where, passivate];
