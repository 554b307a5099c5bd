/**
 * Nodes of each kind. `raw` is the whole service's need in full nodes at the allowed utilisation, a fraction; a cell has its part of it
 * rounded up, and those that may fail. Keyed actors are not pooled: the node with most shards must do, too.
 */
import type { Sought } from "../graph.ts";
import { derivedOf } from "./rows.ts";

export const cells: Sought = {
  name: "cells",
  unit: "cells",
  bounded: "cell.nodes",
  bound: "cell.nodesMax",
  meaning: "clusters of their own, each with its NATS, Redis and PostgreSQL, and its part of the users",
};

export const nodes = derivedOf([
  ["gateway.raw", "nodes", "max(gateway.busy / cpu.use, connections / gateway.connections, connections * connection.bytes / gateway.memory)", "by CPU (one core each), by sockets, by memory"],
  ["session.raw", "nodes", "max(session.busy / cpu.use, connections * (session.bytes + presence.bytes) / session.memory)", "by CPU, by memory"],
  ["playlist.awakeCount", "lists", "load.dau * playlist.awake", "playlists in memory at the peak"],
  ["playlist.raw", "nodes", "max(playlist.busy / cpu.use, playlist.awakeCount * playlist.bytes / playlist.memory)", "by CPU, by memory"],
  ["streaming.raw", "nodes", "streaming.busy / cpu.use", "by CPU"],
  ["search.raw", "nodes", "search.busy / (cpu.use * search.cores)", "by CPU"],
  ["gateway.perCell", "nodes", "ceil(gateway.raw / cells) + failures", "gateways of a cell"],
  ["session.perCell", "nodes", "shardNodes(actors.shards, session.raw / cells) + failures", "nodes of sessions and presence, so that the one with most shards keeps within its bounds"],
  ["playlist.perCell", "nodes", "shardNodes(actors.shards, playlist.raw / cells) + failures", "nodes of playlists, in the same way"],
  ["streaming.perCell", "nodes", "ceil(streaming.raw / cells) + failures", "nodes of streaming, catalog and rights"],
  ["search.perCell", "nodes", "ceil(search.raw / cells) + failures", "search nodes"],
  ["ingest.nodes", "nodes", "ceil(ingest.busy / (cpu.use * ingest.cores)) + failures", "ingest nodes, for all cells in one of them"],
  ["cell.nodes", "nodes", "gateway.perCell + session.perCell + playlist.perCell + streaming.perCell + search.perCell + ingest.nodes", "nodes that hear each other's heartbeats, in the cell that ingests"],
  ["gateway.nodes", "nodes", "gateway.perCell * cells", "gateways"],
  ["session.nodes", "nodes", "session.perCell * cells", "nodes of sessions and presence"],
  ["playlist.nodes", "nodes", "playlist.perCell * cells", "nodes of playlists"],
  ["streaming.nodes", "nodes", "streaming.perCell * cells", "nodes of streaming, catalog and rights"],
  ["search.nodes", "nodes", "search.perCell * cells", "search nodes"],
  ["nodes", "nodes", "gateway.nodes + session.nodes + playlist.nodes + streaming.nodes + search.nodes + ingest.nodes", "nodes in all"],
  ["extrapolation", "times", "cell.nodes / cluster.measured", "how much larger a cell is than what was ever measured"],
  ["gateway.reconnect", "s", "connections / cells / (gateway.perCell - failures) * handshake.us * 1e-6 / (max(1, gateway.perCell - failures - 1) * (1 - cpu.use))", "until the others have the sockets of a lost gateway"],
]);

/** A bus carries in + out; each delivery crosses a route of a cluster of m servers with chance (m-1)/m, one more in and out (traffic.md 4.2). */
export const bus = derivedOf([
  ["heartbeat.deliveries", "1/s", "cell.nodes * (cell.nodes - 1) / heartbeat.seconds", "heartbeats delivered in a cell"],
  ["heartbeat.nodeBusy", "share", "(cell.nodes - 1) / heartbeat.seconds * heartbeat.nodeUs * 1e-6", "of a node's core that hears them"],
  ["nats.in", "1/s", "(2 * calls + presence.changes) / cells + cell.nodes / heartbeat.seconds", "messages into a cell's bus: request and response of a call, one for an event"],
  ["nats.out", "1/s", "(2 * calls + presence.deliveries) / cells + heartbeat.deliveries", "deliveries by a cell's bus; a change of presence reaches at most as many gateways as followers are online"],
  ["nats.perCell", "servers", "max(3, ceil((nats.in + 3 * nats.out) * nats.messageUs * 1e-6 / (nats.cores * cpu.use)) + failures)", "NATS servers of a cell, as if every delivery crossed a route; three at least"],
  ["nats.load", "1/s", "(nats.in + nats.out + 2 * nats.out * (nats.perCell - 1) / nats.perCell) / nats.perCell", "messages that one server handles"],
  ["nats.servers", "servers", "nats.perCell * cells", "NATS servers"],
]);

export const stores = derivedOf([
  ["redis.ops", "1/s", "(load.plays * (1 - cache.localHit) + 2 * load.plays * play.changes + gateway.counts) / cells", "operations in a cell: manifests that no node has in memory; the mirror of sessions and of presence, a write a change; counts for rates"],
  ["redis.bytes", "B", "connections / cells * (session.bytes + presence.bytes) + catalog.tracks * 0.01 * redis.manifestBytes", "bytes in a cell: sessions and presence of its users, manifests of the most played 1 %"],
  ["redis.shardsPerCell", "shards", "max(ceil(redis.ops / (cpu.use * redis.opsPerS)), ceil(redis.bytes / redis.memory))", "Redis shards of a cell"],
  ["redis.shards", "shards", "redis.shardsPerCell * cells", "Redis shards"],
  ["redis.servers", "servers", "redis.shards * redis.copies", "Redis servers with their copies"],
  ["postgres.commits", "1/s", "(load.editsPeak + load.events) / commit.batch / cells", "group commits in a cell: edits at the peak, listening events"],
  ["postgres.busy", "cores", "1e-6 * (load.editsPeak * edit.postgresUs + load.events * event.postgresUs) / cells", "cores that they keep busy"],
  ["postgres.eventBytes", "B", "load.eventsDaily * retention.events * event.bytes", "listening events kept"],
  ["postgres.editBytes", "B", "load.edits * 86400 * retention.edits * row.editBytes", "edits kept"],
  ["postgres.playlistBytes", "B", "load.mau * playlist.perUser * playlist.tracks * row.playlistBytes", "playlists"],
  ["postgres.bytes", "B", "(postgres.eventBytes + postgres.editBytes + postgres.playlistBytes) / cells + catalog.tracks * row.trackBytes", "bytes in a cell: its users', and the whole catalogue"],
  ["postgres.shardsPerCell", "shards", "max(ceil(postgres.commits / (cpu.use * postgres.commitsPerS)), ceil(postgres.busy / (cpu.use * postgres.cores)), ceil(postgres.bytes / (0.8 * postgres.disk)))", "PostgreSQL shards of a cell: by commits, by CPU, by disk"],
  ["postgres.shards", "shards", "postgres.shardsPerCell * cells", "PostgreSQL shards"],
  ["postgres.servers", "servers", "postgres.shards * postgres.copies", "PostgreSQL servers with their copies"],
]);
