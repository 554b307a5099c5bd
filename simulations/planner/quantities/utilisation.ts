/** How full each resource is at the peak with every node alive, 1 = it breaks; with `failed` when those that may fail are gone. And how long callers wait. */
import type { Derived } from "../graph.ts";
import { derivedOf } from "./rows.ts";

const keyed = (kind: string, gone = "") => `${kind}.busy / cells * hottestShare(actors.shards, ${kind}.perCell${gone})`;

/** The resources. Each grows in a straight line with the load while the counts stay, or not at all. */
export const resources: readonly Derived[] = derivedOf([
  ["use.gatewayCpu", "share", "gateway.busy / gateway.nodes", "CPU of gateways"],
  ["use.gatewaySockets", "share", "connections / (gateway.nodes * gateway.connections)", "sockets of gateways"],
  ["use.gatewayMemory", "share", "connections * connection.bytes / (gateway.nodes * gateway.memory)", "memory of gateways"],
  ["use.sessionCpu", "share", keyed("session"), "CPU of the session node with most shards"],
  ["use.sessionMemory", "share", "connections * (session.bytes + presence.bytes) / session.memory / cells * hottestShare(actors.shards, session.perCell)", "memory of the session node with most shards"],
  ["use.playlistCpu", "share", keyed("playlist"), "CPU of the playlist node with most shards"],
  ["use.hotPlaylist", "share", "load.editsPeak * hot.share / hot.editsPerS", "the most edited playlist: one writer"],
  ["use.streamingCpu", "share", "streaming.busy / streaming.nodes", "CPU of streaming, catalog, rights"],
  ["use.searchCpu", "share", "search.busy / (search.nodes * search.cores)", "CPU of search nodes"],
  ["use.searchMemory", "share", "catalog.tracks * search.indexBytes / search.memory", "memory of search nodes (by the catalogue)"],
  ["use.natsCpu", "share", "nats.load * nats.messageUs * 1e-6 / nats.cores", "CPU of a NATS server"],
  ["use.redisOps", "share", "redis.ops / (redis.shardsPerCell * redis.opsPerS)", "operations of a Redis shard"],
  ["use.redisMemory", "share", "redis.bytes / (redis.shardsPerCell * redis.memory)", "memory of a Redis shard"],
  ["use.postgresCommits", "share", "postgres.commits / (postgres.shardsPerCell * postgres.commitsPerS)", "commits of a PostgreSQL shard"],
  ["use.postgresCpu", "share", "postgres.busy / (postgres.shardsPerCell * postgres.cores)", "CPU of a PostgreSQL shard"],
  ["use.postgresDisk", "share", "postgres.bytes / (postgres.shardsPerCell * postgres.disk)", "disk of a PostgreSQL shard"],
  ["use.ingestCpu", "share", "ingest.busy / (ingest.nodes * ingest.cores)", "CPU of ingest nodes (by new tracks)"],
  ["use.edgeLinks", "share", "egress.bps / (edge.servers * edge.serverBps)", "links of the edge's servers, mean of PoPs"],
  ["use.heartbeats", "share", "heartbeat.deliveries / cell.heartbeatsMax", "heartbeats on a cell's bus (by nodes)"],
]);

export const failed: readonly Derived[] = derivedOf([
  ["failed.gatewayCpu", "share", "gateway.busy / (gateway.nodes - failures * cells)", "CPU of gateways"],
  ["failed.gatewaySockets", "share", "connections / ((gateway.nodes - failures * cells) * gateway.connections)", "sockets of gateways"],
  ["failed.sessionCpu", "share", keyed("session", " - failures"), "CPU of the session node with most shards"],
  ["failed.playlistCpu", "share", keyed("playlist", " - failures"), "CPU of the playlist node with most shards"],
  ["failed.streamingCpu", "share", "streaming.busy / (streaming.nodes - failures * cells)", "CPU of streaming, catalog, rights"],
  ["failed.searchCpu", "share", "search.busy / ((search.nodes - failures * cells) * search.cores)", "CPU of search nodes"],
]);

/** Waits at the planned utilisation, ms; without the way between listener and gateway. Nodes of one core are M/G/1, search nodes M/M/c. */
export const latency: readonly Derived[] = derivedOf([
  ["gateway.serviceMs", "ms", "gateway.busy / gateway.operations * 1000", "CPU of an operation at a gateway, kinds mixed"],
  ["session.serviceMs", "ms", "session.busy / (load.plays + session.reports + load.events + presence.changes) * 1000", "the same at a session node"],
  ["streaming.serviceMs", "ms", "streaming.busy / (load.plays + browses) * 1000", "the same at a streaming node"],
  ["gateway.waitMs", "ms", "meanWait(use.gatewayCpu, gateway.serviceMs, service.spread)", "mean wait for a gateway's turn"],
  ["session.waitMs", "ms", "meanWait(use.sessionCpu, session.serviceMs, service.spread)", "mean wait for the turn of the session node with most shards"],
  ["streaming.waitMs", "ms", "meanWait(use.streamingCpu, streaming.serviceMs, service.spread)", "mean wait for a streaming node's turn"],
  ["playlist.waitMs", "ms", "meanWait(use.playlistCpu, edit.playlistUs / 1000, service.spread)", "mean wait for the turn of the playlist node with most shards"],
  ["play.meanMs", "ms", "gateway.waitMs + play.gatewayUs / 1000 + streaming.waitMs + play.streamingUs / 1000 + session.waitMs + play.sessionUs / 1000 + 2 * play.remote * network.ms", "a play in the mean, from gateway to session and back"],
  ["play.p99Ms", "ms", "pause.ms + 2 * play.remote * network.ms + sumP99(play.meanMs - 2 * play.remote * network.ms, (gateway.waitMs + play.gatewayUs / 1000) ^ 2 + (streaming.waitMs + play.streamingUs / 1000) ^ 2 + (session.waitMs + play.sessionUs / 1000) ^ 2)", "99 % of plays: exponential turns, one pause"],
  ["edit.p99Ms", "ms", "pause.ms + 2 * network.ms + sumP99(gateway.waitMs + edit.gatewayUs / 1000 + playlist.waitMs + edit.playlistUs / 1000 + commit.ms, (gateway.waitMs + edit.gatewayUs / 1000) ^ 2 + (playlist.waitMs + edit.playlistUs / 1000) ^ 2 + commit.ms ^ 2)", "99 % of edits at the peak"],
  ["search.meanMs", "ms", "search.seconds * 1000 + poolWait(search.cores, use.searchCpu * search.cores, search.seconds * 1000) + gateway.waitMs + search.gatewayUs / 1000 + 2 * network.ms", "a search in the mean"],
  ["search.p99Ms", "ms", "pause.ms + 2 * network.ms + gateway.waitMs + ln(100) * search.seconds * 1000 + poolWaitP99(search.cores, use.searchCpu * search.cores, search.seconds * 1000)", "99 % of searches, at most"],
  ["goal.playUsed", "share", "play.p99Ms / goal.playMs", "of the time until a track starts, by our side"],
  ["goal.searchUsed", "share", "search.p99Ms / goal.searchMs", "of the time until results appear, by our side"],
  ["spike.backlog", "edits", "backlog(load.edits, load.editsPeak, spike.ramp, spike.hold, spike.edits)", "edits that wait after a release, with spike.edits provided"],
  ["spike.drain", "s", "drain(load.edits, load.editsPeak, spike.ramp, spike.hold, spike.edits)", "until they are done, with writes back at the mean"],
]);
