/** What the processes of the stage share (bottlenecks.ts). */
import { headroomOf, type Rankable } from "../../../simulations/index.ts";

export interface StageOrder {
  readonly natsUrl: string;
  /** The same server, over the link of those who listen. */
  readonly liveUrl: string;
  readonly redisUrl: string;
  readonly pgPool: number;
  /** A call holds its connection for so long. */
  readonly pgMs: number;
  /** CPU of an actor's turn, and of the gateway for a call. */
  readonly turnMs: number;
  readonly gatewayMs: number;
  /** Of what is told of each call. */
  readonly payloadBytes: number;
}

/** Within what every node may use (commands/cluster/nats.ts). */
export const liveSubject = "MOL-ensemble.stage.live";

/** What was used of a resource, and how many waited for it, in the mean. `within`: what it is a part of. */
export const used = (name: string, utilisation: number, waiting = 0, within?: string): Rankable =>
  ({ name, meanUtilisation: utilisation, meanQueue: waiting, headroom: headroomOf(utilisation), ...(within === undefined ? {} : { within }) });

/** Keeps the event loop busy; answers for how long, ms. */
export function burn(ms: number): number {
  const began = performance.now();
  while (performance.now() - began < ms);
  return performance.now() - began;
}
