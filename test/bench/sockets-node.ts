/** The other processes of `npm run bench -- sockets`: one gateway's end of both buses. It counts and times what reaches it. */
import { Redis } from "ioredis";
import { loadConfig } from "../../config.ts";
import { openPorts } from "../../storage/index.ts";
import { sharedNow } from "./clock.ts";
import { percentile } from "./result.ts";

export type Bus = "topics" | "redis";
export type Order = { readonly do: "subscribe"; readonly bus: Bus; readonly topics: readonly string[] } | { readonly do: "report" };

export interface Report {
  readonly received: number;
  readonly gaps: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** As `@socket.io/redis-adapter` names a room's channel in its dynamic mode. */
export const channelOf = (topic: string): string => `socket.io#/#${topic}#`;

async function run(): Promise<void> {
  const config = loadConfig();
  const ports = await openPorts(config);
  const redis = new Redis(config.REDIS_URL ?? "");
  let received = 0;
  let gaps = 0;
  let times: number[] = [];
  let cpu = process.cpuUsage();
  const arrived = ({ sentMs }: { sentMs: number }) => {
    received += 1;
    times.push(sharedNow() - sentMs);
  };
  ports.topics.onGap(() => (gaps += 1));
  redis.on("error", () => undefined);
  redis.on("smessage", (_channel: string, text: string) => arrived((JSON.parse(text) as { data: { packet: { data: [string, { sentMs: number }] } } }).data.packet.data[1]));
  process.on("message", (order: Order) => {
    if (order.do === "report") {
      const { user, system } = process.cpuUsage(cpu);
      process.send?.({ received, gaps, cpuUs: user + system, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) } satisfies Report);
      [received, gaps, times, cpu] = [0, 0, [], process.cpuUsage()];
      return;
    }
    const { bus, topics } = order;
    const begun = performance.now();
    const each = (topic: string) => (bus === "topics" ? ports.topics.subscribe(topic, (message) => arrived(message as { sentMs: number })) : redis.ssubscribe(channelOf(topic)));
    void Promise.all(topics.map(each)).then(() => process.send?.(performance.now() - begun));
  });
  process.on("SIGTERM", () => {
    redis.disconnect();
    void ports.close().then(() => process.exit(0));
  });
  process.send?.("up");
}

if (process.env["NODE_ID"] !== undefined && process.send !== undefined) await run();
