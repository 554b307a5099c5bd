import type { Derived } from "../graph.ts";
import { checks } from "./checks.ts";
import { edge, storage } from "./edge.ts";
import { money } from "./money.ts";
import { bus, nodes, stores } from "./nodes.ts";
import { traffic } from "./traffic.ts";
import { failed, latency, resources } from "./utilisation.ts";

export { cells } from "./nodes.ts";
export { failed, resources } from "./utilisation.ts";

/** What is bought: it stays while the load grows. */
export const counts: readonly string[] = ["cells", "gateway.perCell", "session.perCell", "playlist.perCell", "streaming.perCell", "search.perCell", "ingest.nodes", "nats.perCell", "redis.shardsPerCell", "postgres.shardsPerCell", "edge.servers"];

export const quantities: readonly Derived[] = [...traffic, ...nodes, ...bus, ...stores, ...edge, ...storage, ...money, ...resources, ...failed, ...latency, ...checks];
