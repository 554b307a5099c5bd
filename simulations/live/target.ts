/** Where a generator's visits go: to gateways over HTTP, or straight to the actors over NATS. */
import type { ReplayService } from "../replay/index.ts";
import type { ErrandService, ListeningService } from "../visitor/index.ts";
import type { Errands } from "./errands.ts";
import { serviceAt, type Clock } from "./over-http.ts";
import { HttpService } from "./service.ts";

export interface TargetOrder {
  /** Origins of the gateways, http://host:port. None are needed where `bus` is given: chunks then cost nothing. */
  readonly urls: readonly string[];
  /** Settings of a node of the cluster: calls go straight to the actors, over NATS. */
  readonly bus?: Readonly<Record<string, string>>;
  readonly share: { readonly index: number };
  readonly errands: Errands;
}

export interface OpenTarget {
  service(clock: Clock): ReplayService & ListeningService & ErrandService;
  close(): Promise<void>;
}

const timeoutMs = 10_000;
const connections = 1_000;

export async function openTarget({ urls, bus, share, errands }: TargetOrder): Promise<OpenTarget> {
  const http = urls.length > 0 || bus === undefined ? new HttpService({ urls, connections, timeoutMs }) : undefined;
  if (bus === undefined) return { service: (clock) => serviceAt(http as HttpService, clock, errands), close: async () => http?.close() };
  // Only here: whoever goes by HTTP is spared the broker.
  const { joinCluster, serviceByActors, listeningServices } = await import("./actors.ts");
  const { broker, close } = await joinCluster(bus, `generator-${share.index + 1}-${process.pid}`, listeningServices);
  return {
    service: (clock) => serviceByActors(broker, clock, errands, http && serviceAt(http, clock, errands)),
    async close() {
      http?.close();
      await close();
    },
  };
}
