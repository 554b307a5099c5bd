import type { Derived } from "../graph.ts";
import { checks } from "./checks.ts";
import { edge, storage } from "./edge.ts";
import { money } from "./money.ts";
import { bus, nodes, stores } from "./nodes.ts";
import { traffic } from "./traffic.ts";
import { failed, latency, resources } from "./utilisation.ts";

export { cells } from "./nodes.ts";
export { failed, notOfLoad, resources } from "./utilisation.ts";

export const quantities: readonly Derived[] = [...traffic, ...nodes, ...bus, ...stores, ...edge, ...storage, ...money, ...resources, ...failed, ...latency, ...checks];
