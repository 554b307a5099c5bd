/** Every formula with the seed's inputs against the arithmetic of traffic.md 4 done by hand: literals, no names of quantities. */
import { describe, expect, test } from "@jest/globals";
import { evaluateAt } from "./plan.ts";
import { quantities } from "./quantities/index.ts";
import { readRequest } from "./request.ts";
import { tabledHits } from "./testing/hits.ts";

const us = 1e-6;
const gib = 2 ** 30;
/** us of CPU for an operation, as the inputs have it. */
const playUs = { gateway: 250, streaming: 50, session: 35 };
const [editUs, reportUs, eventUs] = [{ gateway: 77, playlist: 37, postgres: 51 }, { gateway: 132, session: 25 }, { gateway: 64, session: 24, postgres: 17 }];
const [searchUs, pageUs] = [{ gateway: 327, node: 1005 }, { gateway: 327, catalog: 180 }];
const [deliveryUs, changeUs, chunkUs] = [15, 16, 372];
const callUs = { caller: 13.6, callee: 9 };
const natsUs = 2.5;
/** Whole numbers of a cell, with those that may fail: what rounding up makes of the needs below. */
const cells = 20;
const cell = { gateway: 206, session: 55, playlist: 2, streaming: 12, search: 7, ingest: 4, nats: 4, redis: 12, postgres: 1 };
const nodesOfCell = cell.gateway + cell.session + cell.playlist + cell.streaming + cell.search + cell.ingest;
const originGets = (16e6 / 0.962) * 0.12;
const gatewayBusy = us * (500e3 * playUs.gateway + 200e3 * searchUs.gateway + 500e3 * pageUs.gateway + 150e3 * editUs.gateway + 10e6 * reportUs.gateway + 300e3 * eventUs.gateway + 700e3 * deliveryUs + originGets * chunkUs);
const gatewayOperations = 500e3 + 500e3 + 200e3 + 150e3 + 10e6 + 300e3 + 700e3 + originGets;
const sessionBusy = us * (500e3 * (playUs.session + callUs.callee) + 10e6 * reportUs.session + 300e3 * eventUs.session + 140e3 * changeUs);
const streamingBusy = us * (500e3 * (playUs.streaming + callUs.caller) + 500e3 * pageUs.catalog);
const playlistBusy = us * 150e3 * editUs.playlist;
const searchSeconds = us * searchUs.node + 0.00235 * 100 ** 0.15;
const calls = 1e6 + 0.5e6 + 0.2e6 + 0.15e6 + 10e6 + 0.3e6;
const counts = 2 * (500e3 + 500e3 + 200e3) + 150e3 + 10e6 + 300e3;
const heartbeats = nodesOfCell * (nodesOfCell - 1);
const natsIn = (2 * calls + 140e3) / cells + nodesOfCell;
const natsOut = (2 * calls + 700e3) / cells + heartbeats;
const natsLoad = (natsIn + natsOut + (2 * natsOut * (cell.nats - 1)) / cell.nats) / cell.nats;
const redisOps = (150e3 + 1.4e6 + counts) / cells;
const redisBytes = (80e6 / cells) * 6006 + 1e6 * 4000;
const egress = 12.8e12 / 0.962;
const monthGb = ((egress / 1.5 / 8) * 730 * 3600) / 1e9;
/** 2 MB of metadata a track. */
const monthlyGrowth = (100e3 * 730 / 24) * (15.12e6 * 3 + 2e6);
const node = (count: number, cores: number, memory: number) => count * 730 * (0.035 * cores + 0.004 * memory);
/** Of 256 shards over n nodes the fullest has 256/n + sqrt(2 ln n 256/n). */
const fullest = (n: number) => (256 / n + Math.sqrt((2 * Math.log(n) * 256) / n)) / 256;
const raw = {
  gateway: Math.max(gatewayBusy / 0.6, 1600),
  session: sessionBusy / 0.6,
  playlist: playlistBusy / 0.6,
  streaming: streamingBusy / 0.6,
  search: (200e3 * searchSeconds) / 9.6,
};
const oneCell = raw.gateway + raw.session + raw.playlist + raw.streaming + raw.search;
const postgresBytes = (20e9 * 7 * 200 + 50e3 * 86_400 * 30 * 300 + 600e6 * 20 * 66.35 * 30) / cells + 100e6 * 5000;
const postgresBusy = (us * (150e3 * editUs.postgres + 300e3 * eventUs.postgres)) / cells;
const wait = (busy: number, service: number) => (busy * service * 3) / (2 * (1 - busy));
const gatewayService = (gatewayBusy / gatewayOperations) * 1000;
const gatewayWait = wait(gatewayBusy / (cell.gateway * cells), gatewayService);
const streamingWait = wait(streamingBusy / (cell.streaming * cells), (streamingBusy / 1e6) * 1000);
const sessionUse = (sessionBusy / cells) * fullest(cell.session);
const sessionWait = wait(sessionUse, (sessionBusy / 10.94e6) * 1000);
const playlistUse = (playlistBusy / cells) * fullest(cell.playlist);
const playlistWait = wait(playlistUse, editUs.playlist / 1000);
const cube = (mean: number, variance: number) => mean * (1 - variance / (9 * mean ** 2) + (2.326 * Math.sqrt(variance)) / (3 * mean)) ** 3;
const editTurns = [gatewayWait + editUs.gateway / 1000, playlistWait + editUs.playlist / 1000, 1];
const playTurns = [gatewayWait + playUs.gateway / 1000, streamingWait + playUs.streaming / 1000, sessionWait + playUs.session / 1000];
const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);
const squares = (numbers: readonly number[]) => sum(numbers.map((one) => one ** 2));
const searchNodes = cell.search * cells;
const searchLoad = (200e3 * searchSeconds) / searchNodes;
const searchUse = searchLoad / 16;
/** Erlang C by its sum. */
const searchWaits = (() => {
  let [term, below] = [1, 0];
  for (let n = 0; n < 16; n++) {
    below += term;
    term *= searchLoad / (n + 1);
  }
  const last = term / (1 - searchUse);
  return last / (below + last);
})();
const searchP99 = 5 + 0.6 + gatewayWait + 1000 * searchSeconds * (Math.log(100) + Math.max(0, Math.log(searchWaits / 0.01) / (16 - searchLoad)));
const playP99 = 5 + 1.2 + cube(sum(playTurns), squares(playTurns));
const costs = {
  cdn: 0.02 * 1e6 + 0.01 * 9e6 + 0.005 * (monthGb - 10e6),
  origin: monthGb * 0.126 * 0.002,
  requests: 3600 * 730e-6 * (originGets / 1.5 * 0.4 + (100e3 * 127 / 86_400) * 3 * 5),
  storage: (100e6 * 15.12e6 * 3 + 200e12) / 1e9 * 0.021,
};
const nodeCosts = {
  gateway: node(cell.gateway * cells, 1, 4),
  session: node(cell.session * cells, 1, 4),
  playlist: node(cell.playlist * cells, 1, 4),
  streaming: node(cell.streaming * cells, 1, 4),
  search: node(searchNodes, 16, 64),
  ingest: node(cell.ingest, 16, 32),
  nats: node(cell.nats * cells, 8, 8),
  redis: node(cell.redis * 2 * cells, 1, 24),
  postgres: node(cell.postgres * 2 * cells, 16, 128) + (postgresBytes * cells * 2) / 0.8 / 1e9 * 0.08,
};

const byHand: Readonly<Record<string, number>> = {
  "play.seconds": 160,
  "chunk.requests": 16e6,
  "chunk.bytes": 100e3,
  "egress.bps": egress,
  "egress.monthGb": monthGb,
  connections: 80e6,
  "session.reports": 10e6,
  "play.calls": 1e6,
  browses: 500e3,
  calls,
  "presence.changes": 500e3 * 1.4 * 0.2,
  "presence.deliveries": 140e3 * 5,
  "gateway.counts": counts,
  "gateway.operations": gatewayOperations,
  "gateway.busy": gatewayBusy,
  "session.busy": sessionBusy,
  "playlist.busy": playlistBusy,
  "streaming.busy": streamingBusy,
  "search.seconds": searchSeconds,
  "search.busy": 200e3 * searchSeconds,
  "ingest.busy": (100e3 / 86_400) * 2 * 210 * 0.0463,
  "gateway.raw": raw.gateway,
  "session.raw": raw.session,
  "playlist.awakeCount": 10e6,
  "playlist.raw": raw.playlist,
  "streaming.raw": raw.streaming,
  "search.raw": raw.search,
  "gateway.perCell": cell.gateway,
  "session.perCell": cell.session,
  "playlist.perCell": cell.playlist,
  "streaming.perCell": cell.streaming,
  "search.perCell": cell.search,
  "ingest.nodes": cell.ingest,
  "cell.nodes": nodesOfCell,
  "gateway.nodes": cell.gateway * cells,
  "session.nodes": cell.session * cells,
  "playlist.nodes": cell.playlist * cells,
  "streaming.nodes": cell.streaming * cells,
  "search.nodes": searchNodes,
  nodes: (nodesOfCell - cell.ingest) * cells + cell.ingest,
  extrapolation: nodesOfCell / 3,
  "gateway.reconnect": ((80e6 / cells / (cell.gateway - 1)) * 1e-3) / ((cell.gateway - 2) * 0.4),
  "heartbeat.deliveries": heartbeats,
  "heartbeat.nodeBusy": (nodesOfCell - 1) * 12e-6,
  "nats.in": natsIn,
  "nats.out": natsOut,
  "nats.perCell": cell.nats,
  "nats.load": natsLoad,
  "nats.servers": cell.nats * cells,
  "redis.ops": redisOps,
  "redis.bytes": redisBytes,
  "redis.shardsPerCell": cell.redis,
  "redis.shards": cell.redis * cells,
  "redis.servers": cell.redis * cells * 2,
  "postgres.commits": 450e3 / 20 / cells,
  "postgres.busy": postgresBusy,
  "postgres.eventBytes": 28e12,
  "postgres.editBytes": 38.88e12,
  "postgres.playlistBytes": 23.886e12,
  "postgres.bytes": postgresBytes,
  "postgres.shardsPerCell": cell.postgres,
  "postgres.shards": cell.postgres * cells,
  "postgres.servers": cell.postgres * cells * 2,
  "edge.hit": 0.741,
  "edge.pinnedHit": 0.8,
  "edge.byteHit": 0.738,
  "edge.missBps": egress * 0.262,
  "edge.servers": 700,
  "shield.count": 4,
  "shield.hit": 1 - 0.126 / 0.262,
  "origin.byteShare": 0.126,
  "origin.bps": egress * 0.126,
  "origin.gets": originGets,
  "edge.pinnable": 15e12 / 15.12e6,
  "edge.pinnedMissBps": egress * 0.21,
  "origin.pinnedBps": egress * 0.11,
  "origin.monthGb": monthGb * 0.126,
  "track.bytes": 15.12e6,
  "track.objects": 127,
  "catalog.bytes": 1.512e15,
  "storage.bytes": 4.536e15 + 0.2e15,
  "storage.monthlyGrowth": monthlyGrowth,
  "storage.year1": 4.736e15 + 12 * monthlyGrowth,
  "storage.year2": 4.736e15 + 24 * monthlyGrowth,
  "storage.year3": 4.736e15 + 36 * monthlyGrowth,
  "ingest.puts": 12.7e6 / 86_400,
  "cost.cdn": costs.cdn,
  "cost.origin": costs.origin,
  "cost.requests": costs.requests,
  "cost.storage": costs.storage,
  ...Object.fromEntries(Object.entries(nodeCosts).map(([kind, cost]) => [`cost.${kind}`, cost])),
  "cost.nodes": sum(Object.values(nodeCosts)),
  cost: sum(Object.values(costs)) + sum(Object.values(nodeCosts)),
  "cost.storageYear1": (4.736e6 + 12 * monthlyGrowth / 1e9) * 0.021,
  "cost.storageYear2": (4.736e6 + 24 * monthlyGrowth / 1e9) * 0.021,
  "cost.storageYear3": (4.736e6 + 36 * monthlyGrowth / 1e9) * 0.021,
  "use.gatewayCpu": gatewayBusy / (cell.gateway * cells),
  "use.gatewaySockets": 80e6 / (cell.gateway * cells * 50e3),
  "use.gatewayMemory": (80e6 * 26_564) / (cell.gateway * cells * 4 * gib),
  "use.sessionCpu": sessionUse,
  "use.sessionMemory": (((80e6 / cells) * 6006) / (4 * gib)) * fullest(cell.session),
  "use.playlistCpu": playlistUse,
  "use.hotPlaylist": 1500 / 9227,
  "use.streamingCpu": streamingBusy / (cell.streaming * cells),
  "use.searchCpu": searchUse,
  "use.searchMemory": 40e9 / (64 * gib),
  "use.natsCpu": (natsLoad * natsUs * us) / 8,
  "use.redisOps": redisOps / (cell.redis * 100e3),
  "use.redisMemory": redisBytes / (cell.redis * 24 * gib),
  "use.postgresCommits": 450e3 / 20 / cells / (cell.postgres * 3000),
  "use.postgresCpu": postgresBusy / (cell.postgres * 16),
  "use.postgresDisk": postgresBytes / (cell.postgres * 8e12),
  "use.ingestCpu": ((100e3 / 86_400) * 2 * 210 * 0.0463) / (16 * cell.ingest),
  "use.edgeLinks": egress / 28e12,
  "use.heartbeats": heartbeats / 400e3,
  "failed.gatewayCpu": gatewayBusy / ((cell.gateway - 1) * cells),
  "failed.gatewaySockets": 80e6 / ((cell.gateway - 1) * cells * 50e3),
  "failed.sessionCpu": (sessionBusy / cells) * fullest(cell.session - 1),
  "failed.playlistCpu": (playlistBusy / cells) * fullest(cell.playlist - 1),
  "failed.streamingCpu": streamingBusy / ((cell.streaming - 1) * cells),
  "failed.searchCpu": (200e3 * searchSeconds) / (16 * (cell.search - 1) * cells),
  "gateway.serviceMs": gatewayService,
  "session.serviceMs": (sessionBusy / 10.94e6) * 1000,
  "streaming.serviceMs": (streamingBusy / 1e6) * 1000,
  "gateway.waitMs": gatewayWait,
  "session.waitMs": sessionWait,
  "streaming.waitMs": streamingWait,
  "playlist.waitMs": playlistWait,
  "play.meanMs": sum(playTurns) + 1.2,
  "play.p99Ms": playP99,
  "edit.p99Ms": 5 + 0.6 + cube(sum(editTurns), squares(editTurns)),
  "search.meanMs": 1000 * searchSeconds * (1 + searchWaits / (16 - searchLoad)) + gatewayWait + searchUs.gateway / 1000 + 0.6,
  "search.p99Ms": searchP99,
  // (traffic.md 4.2): 46.7 M edits queued, 31 minutes.
  "spike.backlog": 75e3 * 600 + (75e3 * 45) / 2,
  "spike.drain": 46.6875e6 / 25e3,
  "goal.playUsed": playP99 / 200,
  "goal.searchUsed": searchP99 / 300,
  "check.concurrent": 63e6,
  "check.bandwidth": 12.8e12,
  "check.rate": 158.4,
  "check.eventsPerPlay": 2.285,
  "check.events": 1_142_500,
  "check.eventsPeak": 347_222.2222,
  "check.dailyPlays": 151_957.209,
  "check.dailyStreams": 24_313_153.4,
  "check.hours": 6.4,
  "check.goalHours": 1.5,
  "check.catalog": 1.512e15,
  "check.cells": cells,
  "check.oneCell": oneCell,
  "check.statedNodes": oneCell,
  "check.heartbeats": oneCell * (oneCell - 1),
  "check.topShare": 0.8,
  "check.playedTracks": 50e6,
  "check.claimedMissBps": 2.56e12,
  "check.missBps": 3.3536e12,
};

describe("formulas -", () => {
  const evaluation = evaluateAt(readRequest({}), {}, tabledHits);

  test("every one of them was computed by hand", () => {
    expect(Object.keys(byHand).toSorted()).toEqual(quantities.map(({ name }) => name).toSorted());
  });

  test.each(Object.entries(byHand))("%s", (name, value) => {
    expect(Math.abs(evaluation.value(name) / value - 1)).toBeLessThan(1e-6);
  });

  test("fewest cells: with one less they are too large", () => {
    const less = cells - 1;
    // As many nodes as keep the fullest of them within one node's worth.
    const keyed = (need: number) => {
      let count = 1;
      while ((need / less) * fullest(count) > 1) count += 1;
      return count;
    };
    const pooled = [raw.gateway, raw.streaming, raw.search].map((need) => Math.ceil(need / less));
    expect(nodesOfCell).toBeLessThanOrEqual(300);
    expect(sum(pooled) + keyed(raw.session) + keyed(raw.playlist) + 5 + cell.ingest).toBeGreaterThan(300);
  });
});
