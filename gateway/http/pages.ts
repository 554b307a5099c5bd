/** What the public port answers to anybody outside /v1/ and /audio/: the player, the documentation, health in one word. */
import type { Exchange } from "./exchange.ts";
import type { Handler } from "./front.ts";
import type { SecurityHeaders } from "./headers.ts";
import type { Health } from "./ops.ts";
import { StaticFiles, type StaticFile } from "./static-files.ts";

/** Finds the handler of a path. */
export function pages(parts: {
  health: Health;
  headers: SecurityHeaders;
  player: ReadonlyMap<string, StaticFile>;
  docs: ReadonlyMap<string, StaticFile>;
  description: ReadonlyMap<string, StaticFile>;
}): (path: string) => Handler | undefined {
  const { health, headers } = parts;
  const player = new StaticFiles(parts.player, headers.page);
  const docs = new StaticFiles(parts.docs, headers.docs);
  // Anybody may generate a client from it.
  const description = new StaticFiles(parts.description, headers.open);
  const fixed = new Map<string, Handler>([
    ["/live", (exchange) => word(exchange, "/live", health.live().live)],
    ["/ready", async (exchange) => word(exchange, "/ready", (await health.ready()).ready)],
  ]);
  return (path) => {
    const known = fixed.get(path);
    if (known !== undefined) return known;
    if (player.has(path)) return (exchange) => file(exchange, player, "/assets");
    if (description.has(path)) return (exchange) => file(exchange, description, "/openapi.json");
    if (docs.has(path)) return (exchange) => file(exchange, docs, "/docs");
    return undefined;
  };
}

function file(exchange: Exchange, files: StaticFiles, template: string): Promise<void> {
  exchange.template = exchange.path === "/" ? "/" : template;
  return files.answer(exchange);
}

/** For load balancers: a status and one word. What is wrong stays inside. */
function word(exchange: Exchange, path: string, good: boolean): void {
  exchange.template = path;
  exchange.send(good ? 200 : 503, "text/plain; charset=utf-8", good ? "ok\n" : "unavailable\n");
}
