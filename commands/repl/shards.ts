/** Commands about shards and nodes: who has what, and giving it to somebody else. */
import type { Drained, Moved, Overview, ShardPlace } from "../../actors/index.ts";
import { placeText } from "./actors.ts";
import { Sentence, type ConsoleCommand } from "./command.ts";
import { actorNodes, anyNode, ask, nodeNamed, order } from "./nodes.ts";

/** Moving shards named one by one; the table counts them all. */
const movingShown = 20;

const shards: ConsoleCommand = {
  command: "shards",
  description: "Shards of each node, and those that are moving",
  options: { "--type <type>": "of this type only" },
  async run({ broker, options }) {
    const all = await ask<Overview>(broker, anyNode(broker), "shards", { type: options["type"] });
    const { nodes, moving, pinned } = all;
    return {
      json: all,
      text: (tableOf) => [
        tableOf(["Node", "Type", "State", "Shards", "To come", "To go"], nodes.map((one) => [one.node, one.type, !one.live ? "dead" : one.leaving ? "leaving or drained" : "up", one.owned, one.toCome, one.toGo])),
        ...(moving.length === 0 ? [] : [`Moving: ${moving.slice(0, movingShown).map(({ shard, owner, wanted }) => `${shard} (${owner ?? "nobody"} -> ${wanted ?? "nobody"})`).join(", ")}${moving.length > movingShown ? ` and ${moving.length - movingShown} more` : ""}`]),
        ...(pinned.length === 0 ? [] : [`Moved by operators: ${pinned.map((one) => `${one.shard} to ${String(one.pinned)}`).join(", ")} (shard unpin undoes it)`]),
      ].join("\n"),
    };
  },
};

const shard: ConsoleCommand = {
  command: "shard <show|move|unpin> <shard> [node]",
  description: "Show a shard, hand it over to a node where it stays (move), or let it go where it is computed to be (unpin)",
  changes: true,
  completes: [["show", "move", "unpin"], "shard", "node"],
  async run({ broker, args, confirm }) {
    const { "show|move|unpin": what = "", shard: name = "", node } = args;
    const place = await ask<ShardPlace>(broker, anyNode(broker), "shard", { shard: name });
    if (what === "show") return { json: place, text: () => placeText(place) };
    // The owner sees first that the shard should go.
    const at = actorNodes(broker).find((one) => one === place.owner) ?? anyNode(broker);
    if (what === "move") {
      if (node === undefined) throw new Sentence("Say where to: shard move SHARD NODE.");
      const to = nodeNamed(broker, node);
      await confirm(`Hand ${name} over from ${place.owner ?? "nobody"} to ${to}? It stays there, also when nodes join.`);
      return moved(await order<Moved>(broker, at, "moveShard", { shard: name, node: to }));
    }
    if (what === "unpin") {
      await confirm(`Let ${name} go where it is computed to be?`);
      return moved(await order<Moved>(broker, at, "unpinShard", { shard: name }));
    }
    throw new Sentence("shard show SHARD, shard move SHARD NODE or shard unpin SHARD.");
  },
};

const moved = (answer: Moved) => ({ json: answer, text: () => (answer.from === answer.to ? `${answer.shard} is at ${answer.to} already, and stays.` : `${answer.shard} went from ${answer.from ?? "nobody"} to ${answer.to} in ${answer.ms} ms (epoch ${answer.epoch}).`) });

const drain: ConsoleCommand = {
  command: "drain <node>",
  description: "A node gives all its shards away and takes none; it stays up until undrain or its end",
  changes: true,
  completes: ["node"],
  async run({ broker, args, confirm }) {
    const node = nodeNamed(broker, args["node"] ?? "");
    await confirm(`Give all shards of ${node} to other nodes?`);
    const answer = await order<Drained>(broker, node, "drain");
    return { json: answer, text: () => `${node} gave ${answer.shards} shards away in ${answer.ms} ms. It may be stopped; undrain ${node} lets it take shards again.` };
  },
};

const undrain: ConsoleCommand = {
  command: "undrain <node>",
  description: "A drained node takes its shards back",
  changes: true,
  completes: ["node"],
  async run({ broker, args, confirm }) {
    const node = nodeNamed(broker, args["node"] ?? "");
    await confirm(`Let ${node} take its shards back?`);
    const answer = await order<Drained>(broker, node, "undrain");
    return { json: answer, text: () => `${node} took ${answer.shards} shards in ${answer.ms} ms.` };
  },
};

export const shardCommands: readonly ConsoleCommand[] = [shards, shard, drain, undrain];
