/** Counters of the sockets. Labels are names of actions, statuses and reasons: their number is fixed by the code, none holds an id. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Breach } from "./flood.ts";

export class SocketMetrics {
  readonly calls: Counter<"action" | "status">;
  readonly deliveries: Counter;
  readonly changes: Counter;
  readonly refusals: Counter<"reason">;

  /** `observe` is asked at each scrape. */
  constructor(registry: Registry, observe: () => { sockets: number; topics: number; followees: number }) {
    const registers = [registry];
    registry.registerMetric(new Gauge({ name: "ensemble_socket_connections", help: "Open sockets.", registers: [], collect() { this.set(observe().sockets); } }));
    registry.registerMetric(new Gauge({ name: "ensemble_socket_topics", help: "Topics this gateway is subscribed to for its sockets.", registers: [], collect() { this.set(observe().topics); } }));
    registry.registerMetric(new Gauge({ name: "ensemble_socket_followees", help: "Users whose presence this gateway listens to for its sockets.", registers: [], collect() { this.set(observe().followees); } }));
    this.calls = new Counter({ name: "ensemble_socket_calls_total", help: "Answered calls by socket.", labelNames: ["action", "status"], registers });
    this.deliveries = new Counter({ name: "ensemble_socket_deliveries_total", help: "Messages of topics sent to sockets.", registers });
    this.changes = new Counter({ name: "ensemble_socket_friend_changes_total", help: "Changes of friends sent to sockets; several may share a message.", registers });
    this.refusals = new Counter({ name: "ensemble_socket_refusals_total", help: "Sockets refused or cut off, by reason.", labelNames: ["reason"], registers });
  }

  refused(reason: Breach | "origin" | "full" | "stopping" | "token" | "rate" | "connection"): void {
    this.refusals.inc({ reason });
  }
}
