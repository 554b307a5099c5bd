/** Every formula with the seed's inputs against the arithmetic of traffic.md 4 done by hand: literals, no names of quantities. */
import { describe, expect, test } from "@jest/globals";
import { evaluateAt } from "./plan.ts";
import { quantities } from "./quantities/index.ts";
import { readRequest } from "./request.ts";
import { tabledHits } from "./testing/hits.ts";

const us = 1e-6;
const gib = 2 ** 30;
const gatewayBusy = us * (500e3 * 95.6 + 700e3 * 83.6 + 150e3 * 50 + 10e6 * 27 + 300e3 * 27 + 700e3 * 15.5);
const sessionBusy = us * (500e3 * 27 + 10e6 * 15 + 300e3 * 15 + 140e3 * 20);
const streamingBusy = us * (500e3 * 48.6 + 500e3 * 35);
const searchSeconds = 0.00235 * 100 ** 0.3;
const calls = 1e6 + 0.5e6 + 0.2e6 + 0.15e6 + 10e6 + 0.3e6;
const natsIn = (2 * calls + 140e3) / 10 + 271;
const natsOut = (2 * calls + 700e3) / 10 + 271 * 270;
const egress = 12.8e12 / 0.962;
const monthGb = ((egress / 1.5 / 8) * 730 * 3600) / 1e9;
/** 2 MB of metadata a track. */
const monthlyGrowth = (100e3 * 730 / 24) * (15.12e6 * 3 + 2e6);
const node = (count: number, cores: number, memory: number) => count * 730 * (0.035 * cores + 0.004 * memory);
/** Of 256 shards over n nodes the fullest has 256/n + sqrt(2 ln n 256/n). */
const fullest = (n: number) => (256 / n + Math.sqrt((2 * Math.log(n) * 256) / n)) / 256;
const oneCell = 1600 + sessionBusy / 0.6 + 11.5 + streamingBusy / 0.6 + (200e3 * searchSeconds) / 9.6;
const postgresBytes = (20e9 * 7 * 200 + 50e3 * 86_400 * 30 * 300 + 600e6 * 20 * 66.35 * 30) / 10 + 100e6 * 5000;
const wait = (busy: number, service: number) => (busy * service * 3) / (2 * (1 - busy));
const gatewayService = (gatewayBusy / 12.35e6) * 1000;
const gatewayTurn = wait(gatewayBusy / 1610, gatewayService) + 0.082;
const streamingTurn = wait(streamingBusy / 80, (streamingBusy / 1e6) * 1000) + 0.026;
const sessionUse = (sessionBusy / 10) * fullest(74);
const sessionTurn = wait(sessionUse, (sessionBusy / 10.94e6) * 1000) + 0.018;
const playlistWait = wait(0.69 * fullest(3), 0.046);
const cube = (mean: number, variance: number) => mean * (1 - variance / (9 * mean ** 2) + (2.326 * Math.sqrt(variance)) / (3 * mean)) ** 3;
const editTurns = [gatewayTurn - 0.082 + 0.05, playlistWait + 0.046, 1];
const playTurns = [gatewayTurn, streamingTurn, sessionTurn];
const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);
const squares = (numbers: readonly number[]) => sum(numbers.map((one) => one ** 2));
const searchLoad = (200e3 * searchSeconds) / 210;
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
const costs = {
  cdn: 0.02 * 1e6 + 0.01 * 9e6 + 0.005 * (monthGb - 10e6),
  origin: monthGb * 0.126 * 0.002,
  requests: 3600 * 730e-6 * ((16e6 / 0.962) * 0.12 / 1.5 * 0.4 + (100e3 * 127 / 86_400) * 3 * 5),
  storage: (100e6 * 15.12e6 * 3 + 200e12) / 1e9 * 0.021,
};
const nodeCosts = {
  gateway: node(1610, 1, 4),
  session: node(740, 1, 4),
  playlist: node(30, 1, 4),
  streaming: node(80, 1, 4),
  search: node(210, 16, 64),
  ingest: node(4, 16, 32),
  nats: node(40, 8, 8),
  redis: node(60, 1, 24),
  postgres: node(40, 16, 128) + (postgresBytes * 10 * 2) / 0.8 / 1e9 * 0.08,
};

/** Whole counts are as a person rounds: 1,600 gateways in 10 cells are 160 and one that may fail. */
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
  "gateway.operations": 12.35e6,
  "gateway.busy": gatewayBusy,
  "session.busy": sessionBusy,
  "playlist.busy": 150e3 * 46e-6,
  "streaming.busy": streamingBusy,
  "search.seconds": searchSeconds,
  "search.busy": 200e3 * searchSeconds,
  "ingest.busy": (100e3 / 86_400) * 2 * 210 * 0.0463,
  "gateway.raw": 80e6 / 50e3,
  "session.raw": sessionBusy / 0.6,
  "playlist.awakeCount": 10e6,
  "playlist.raw": 6.9 / 0.6,
  "streaming.raw": streamingBusy / 0.6,
  "search.raw": (200e3 * searchSeconds) / 9.6,
  "gateway.perCell": 161,
  "session.perCell": 74,
  "playlist.perCell": 3,
  "streaming.perCell": 8,
  "search.perCell": 21,
  "ingest.nodes": 4,
  "cell.nodes": 161 + 74 + 3 + 8 + 21 + 4,
  "gateway.nodes": 1610,
  "session.nodes": 740,
  "playlist.nodes": 30,
  "streaming.nodes": 80,
  "search.nodes": 210,
  nodes: 1610 + 740 + 30 + 80 + 210 + 4,
  extrapolation: 271 / 3,
  "gateway.reconnect": (50e3 * 1e-3) / (159 * 0.4),
  "heartbeat.deliveries": 271 * 270,
  "heartbeat.nodeBusy": 270 * 12e-6,
  "nats.in": natsIn,
  "nats.out": natsOut,
  "nats.perCell": 4,
  "nats.load": (natsIn + natsOut + 1.5 * natsOut) / 4,
  "nats.servers": 40,
  "redis.ops": (150e3 + 1.4e6) / 10,
  "redis.bytes": 8e6 * 6006 + 1e6 * 4000,
  "redis.shardsPerCell": 3,
  "redis.shards": 30,
  "redis.servers": 60,
  "postgres.commits": 450e3 / 20 / 10,
  "postgres.busy": 0.33 + 0.45,
  "postgres.eventBytes": 28e12,
  "postgres.editBytes": 38.88e12,
  "postgres.playlistBytes": 23.886e12,
  "postgres.bytes": postgresBytes,
  "postgres.shardsPerCell": 2,
  "postgres.shards": 20,
  "postgres.servers": 40,
  "edge.hit": 0.741,
  "edge.pinnedHit": 0.8,
  "edge.byteHit": 0.738,
  "edge.missBps": egress * 0.262,
  "edge.servers": 700,
  "shield.count": 4,
  "shield.hit": 1 - 0.126 / 0.262,
  "origin.byteShare": 0.126,
  "origin.bps": egress * 0.126,
  "origin.gets": (16e6 / 0.962) * 0.12,
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
  "use.gatewayCpu": gatewayBusy / 1610,
  "use.gatewaySockets": 1600 / 1610,
  "use.gatewayMemory": (80e6 * 26_564) / (1610 * 4 * gib),
  "use.sessionCpu": sessionUse,
  "use.sessionMemory": ((8e6 * 6006) / (4 * gib)) * fullest(74),
  "use.playlistCpu": 0.69 * fullest(3),
  "use.hotPlaylist": 1500 / 9227,
  "use.streamingCpu": streamingBusy / 80,
  "use.searchCpu": searchUse,
  "use.searchMemory": 40e9 / (64 * gib),
  "use.natsCpu": ((natsIn + natsOut + 1.5 * natsOut) / 4) * us / 8,
  "use.redisOps": 155 / 300,
  "use.redisMemory": (8e6 * 6006 + 4e9) / (72 * gib),
  "use.postgresCommits": 2250 / 6000,
  "use.postgresCpu": 0.78 / 32,
  "use.postgresDisk": postgresBytes / 16e12,
  "use.ingestCpu": ((100e3 / 86_400) * 2 * 210 * 0.0463) / 64,
  "use.edgeLinks": egress / 28e12,
  "use.heartbeats": (271 * 270) / 400e3,
  "failed.gatewayCpu": gatewayBusy / 1600,
  "failed.gatewaySockets": 1,
  "failed.sessionCpu": (sessionBusy / 10) * fullest(73),
  "failed.playlistCpu": 0.69 * fullest(2),
  "failed.streamingCpu": streamingBusy / 70,
  "failed.searchCpu": (200e3 * searchSeconds) / 3200,
  "gateway.serviceMs": gatewayService,
  "session.serviceMs": (sessionBusy / 10.94e6) * 1000,
  "streaming.serviceMs": 0.0418,
  "gateway.waitMs": gatewayTurn - 0.082,
  "session.waitMs": sessionTurn - 0.018,
  "streaming.waitMs": streamingTurn - 0.026,
  "playlist.waitMs": playlistWait,
  "play.meanMs": sum(playTurns) + 1.2,
  "play.p99Ms": 5 + 1.2 + cube(sum(playTurns), squares(playTurns)),
  "edit.p99Ms": 5 + 0.6 + cube(sum(editTurns), squares(editTurns)),
  "search.meanMs": 1000 * searchSeconds * (1 + searchWaits / (16 - searchLoad)) + gatewayTurn - 0.082 + 0.07 + 0.6,
  "search.p99Ms": 5 + 0.6 + gatewayTurn - 0.082 + 1000 * searchSeconds * (Math.log(100) + Math.max(0, Math.log(searchWaits / 0.01) / (16 - searchLoad))),
  // (traffic.md 4.2): 46.7 M edits queued, 31 minutes.
  "spike.backlog": 75e3 * 600 + (75e3 * 45) / 2,
  "spike.drain": 46.6875e6 / 25e3,
  "goal.playUsed": (5 + 1.2 + cube(sum(playTurns), squares(playTurns))) / 200,
  "goal.searchUsed": (5 + 0.6 + gatewayTurn - 0.082 + 1000 * searchSeconds * (Math.log(100) + Math.max(0, Math.log(searchWaits / 0.01) / (16 - searchLoad)))) / 300,
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
  "check.cells": 10,
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
    const nine = [1600 / 9, 8, 3, 23].map(Math.ceil);
    // 285/9 = 31.6 nodes' worth of sessions on 256 shards: by the fullest of n nodes, 31.6 * fullest(n) <= 1.
    let sessions = 1;
    while ((sessionBusy / 0.6 / 9) * fullest(sessions) > 1) sessions += 1;
    expect(sum(nine) + 5 + sessions + 4).toBeGreaterThan(300);
  });
});
