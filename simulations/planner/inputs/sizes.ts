/** How large a node, a server, a shard and a place at the edge are, how full they may be, and how many may fail. All to be chosen by who plans. */
import type { Input } from "../graph.ts";
import { inputsOf } from "./rows.ts";

const least = 1e-6;

export const sizes: readonly Input[] = inputsOf("assumed", [
  { name: "failures", unit: "nodes", value: 1, most: 1000, source: "nodes of each kind, in each cell, that may be gone at the peak" },
  { name: "cell.nodesMax", unit: "nodes", value: [200, 300, 400], least: 10, source: "every node hears every other's heartbeat: cells of a few hundred (traffic.md 0)" },
  { name: "cell.heartbeatsMax", unit: "1/s", value: 400e3, least, source: "heartbeats that one bus should carry: those of 2,000 nodes at 10 s (traffic.md 0)" },
  { name: "cpu.use", unit: "share", value: [0.5, 0.6, 0.7], least, source: "CPU busy at the peak, at most" },
  { name: "gateway.connections", unit: "sockets", value: [30e3, 50e3, 80e3], least: 1, source: "sockets of a gateway process (4.2)" },
  { name: "gateway.memory", unit: "B", value: 4 * 2 ** 30, least, source: "memory of a gateway process" },
  { name: "session.memory", unit: "B", value: 4 * 2 ** 30, least, source: "memory of a node of sessions and presence" },
  { name: "playlist.memory", unit: "B", value: 4 * 2 ** 30, least, source: "memory of a node of playlists" },
  { name: "streaming.memory", unit: "B", value: 4 * 2 ** 30, least, source: "memory of a node of streaming, catalog and rights" },
  { name: "playlist.awake", unit: "share", value: [0.02, 0.05, 0.1], source: "share of active users whose playlist is in memory at the peak" },
  { name: "search.cores", unit: "cores", value: 16, least: 1, most: 1024, source: "cores of a search node" },
  { name: "search.memory", unit: "B", value: 64 * 2 ** 30, least, source: "memory of a search node" },
  { name: "search.indexBytes", unit: "B/track", value: [200, 400, 800], source: "a track in the index; every search node has all of it" },
  { name: "nats.cores", unit: "cores", value: 8, least: 1, source: "cores of a NATS server" },
  { name: "nats.memory", unit: "B", value: 8 * 2 ** 30, least, source: "memory of a NATS server" },
  { name: "redis.memory", unit: "B", value: 24 * 2 ** 30, least, source: "memory of a Redis shard" },
  { name: "redis.manifestBytes", unit: "B", value: [2e3, 4e3, 8e3], source: "a manifest in Redis; the most played 1 % of tracks are kept in each cell" },
  { name: "redis.copies", unit: "servers", value: 2, least: 1, source: "servers of a Redis shard" },
  { name: "postgres.commitsPerS", unit: "1/s", value: [1e3, 3e3, 10e3], least, source: "group commits of a PostgreSQL shard" },
  { name: "postgres.cores", unit: "cores", value: 16, least: 1, source: "cores of a PostgreSQL server" },
  { name: "postgres.memory", unit: "B", value: 128 * 2 ** 30, least, source: "memory of a PostgreSQL server" },
  { name: "postgres.disk", unit: "B", value: 8e12, least, source: "disk of a PostgreSQL server, filled to 80 %" },
  { name: "postgres.copies", unit: "servers", value: 2, least: 1, source: "servers of a PostgreSQL shard" },
  { name: "ingest.cores", unit: "cores", value: 16, least: 1, source: "cores of an ingest node" },
  { name: "ingest.memory", unit: "B", value: 32 * 2 ** 30, least, source: "memory of an ingest node" },
  { name: "ingest.peak", unit: "peak/mean", value: [1, 2, 4], least: 1, source: "busiest hour of deliveries over the mean" },
  { name: "edge.pops", unit: "PoPs", value: [60, 100, 200], least: 1, source: "places at the edge (4.3 counts with 100)" },
  { name: "edge.serverBps", unit: "bit/s", value: [20e9, 40e9, 80e9], least, source: "what a server at the edge sends" },
  { name: "shield.bytes", unit: "B", value: 150e12, least: 1, source: "cache of a shield" },
  { name: "shield.edges", unit: "PoPs", value: 30, least: 1, source: "PoPs behind a shield (4.3)" },
  { name: "spike.edits", unit: "1/s", value: 75e3, least, source: "edits that would be provided for by sizing between mean and peak (4.2)" },
  { name: "spike.ramp", unit: "s", value: 60, source: "from mean to peak" },
  { name: "spike.hold", unit: "s", value: 600, source: "at the peak" },
]);
