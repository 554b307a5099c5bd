import { expect, test } from "@jest/globals";
import { Metrics } from "../../gateway/http/metrics.ts";
import { cacheCounts } from "./edge-cache.ts";

test("counts are those that a gateway tells at its operations port", async () => {
  const metrics = new Metrics(() => ({ lagMs: 0, cacheBytes: 0, connections: 0 }), () => []);
  expect(cacheCounts(await metrics.scrape())).toEqual({ hits: 0, misses: 0 });
  metrics.edgeRequests.inc({ cache: "hit" }, 12);
  metrics.edgeRequests.inc({ cache: "miss" }, 3);
  expect(cacheCounts(await metrics.scrape())).toEqual({ hits: 12, misses: 3 });
});
