import type { Input } from "../graph.ts";
import { costs } from "./costs.ts";
import { load } from "./load.ts";
import { prices } from "./prices.ts";
import { sizes } from "./sizes.ts";

/** Every input with its default: the seed's numbers, and around them what was measured, published or assumed. */
export const inputs: readonly Input[] = [...load, ...costs, ...sizes, ...prices];
