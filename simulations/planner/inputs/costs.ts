/**
 * What an operation costs: CPU and memory by runs, where none has shown them yet by an assumption next to one that was. CPU falls as a process
 * becomes busier (docs/planning.md): of bench costs, mid is what a process takes that is busy for 0.6 of a core, high for 0.3, with the call
 * to the next node; low is what a full one took in another bench.
 */
import type { Input } from "../graph.ts";
import { inputsOf } from "./rows.ts";

const least = 1e-6;

export const costs: readonly Input[] = [
  ...inputsOf("measured", [
    { name: "play.gatewayUs", unit: "us", value: [82, 250, 372], source: "bench costs: a play by HTTP; 82 in a full process of bench plays" },
    { name: "play.streamingUs", unit: "us", value: [26, 50, 89], source: "bench costs: a play straight to a node is 85 (151), of which streaming has 59 % by a profile of bench plays; 26 there" },
    { name: "play.sessionUs", unit: "us", value: [18, 35, 62], source: "bench costs: the session's question, the other 41 %; 18 in bench plays" },
    { name: "report.gatewayUs", unit: "us", value: [59, 132, 365], source: "bench costs: a report by socket; 59 at 13,900/s, 0.82 of a core" },
    { name: "report.sessionUs", unit: "us", value: [9, 25, 85], source: "bench costs: a report straight to a node; 9 for the bare pipeline of bench playlists" },
    { name: "event.gatewayUs", unit: "us", value: [50, 64, 323], source: "bench costs: a listening event by socket; 50 as an edit in a full gateway of bench playlists" },
    { name: "event.sessionUs", unit: "us", value: [15, 24, 249], source: "bench costs: a listening event straight to a node; 15 at 37,000/s" },
    { name: "edit.gatewayUs", unit: "us", value: [60, 77, 337], source: "bench costs: an edit by socket; 60 at 12,200/s, 0.74 of a core" },
    { name: "edit.playlistUs", unit: "us", value: [33, 37, 189], source: "bench costs: an edit straight to a node; 33 at 20,100/s" },
    { name: "edit.postgresUs", unit: "us", value: [23, 51, 237], source: "bench costs: PostgreSQL, an edit; 23 at 20,100/s" },
    { name: "search.gatewayUs", unit: "us", value: [113, 327, 633], source: "bench costs: as a page by HTTP; 633 in a gateway hardly busy with searches, because PostgreSQL was full first" },
    { name: "search.nodeUs", unit: "us", value: [529, 1005, 1147], source: "bench costs: a search straight to a node, without the engine, at 0.2 of a core; 529 for the index alone with four clients (bench search)" },
    { name: "browse.gatewayUs", unit: "us", value: [113, 327, 518], source: "bench costs: a page of 20 tracks by HTTP; 113 as a play in bench plays" },
    { name: "browse.catalogUs", unit: "us", value: [151, 180, 240], source: "bench costs: a page of 20 tracks straight to a node; 151 at 4,900/s" },
    { name: "chunk.gatewayUs", unit: "us", value: [211, 372, 668], source: "bench costs: a chunk of 60 or 100 KB from files, over loopback; 211 at 5,900/s and more than a core" },
    { name: "search.cpuMs", unit: "ms", value: [1.7, 2.35, 5.9], source: "bench search: CPU of PostgreSQL at 1M tracks, four clients; 1.69 at 100K" },
    { name: "event.postgresUs", unit: "us", value: [11, 17, 40], source: "bench costs: PostgreSQL at 16,000 events/s; 11 at 31,000, 40 at 4,000 (14 to 26 in batches of 2,000 to 64, bench journal)" },
    { name: "delivery.gatewayUs", unit: "us", value: [8.6, 15, 50], source: "bench costs: a command that is pushed against one that is not: 15 at 3,500 and 7,000/s, 50 at 1,800; bench presence: 15.5 a frame and socket, 8.6 with several frames at once" },
    { name: "presence.changeUs", unit: "us", value: [10, 16, 46], source: "bench costs: a pause against a change of volume, node: 16 at 7,000/s, 21 at 3,600, without followers; 46 as an edit on a full node" },
    { name: "call.callerUs", unit: "us", value: [6.5, 13.6, 30], source: "remote call, caller (traffic.md 4.2, 64 in flight); 6.5 through actors with 512 in flight (bench actors), 30 with 1 KB" },
    { name: "call.calleeUs", unit: "us", value: [6.5, 9, 22], source: "remote call, callee (the same)" },
    { name: "nats.messageUs", unit: "us", value: [1, 2.5, 11], source: "bench costs: nats-server 10 us a report straight to a node, of 4 messages in and out, 43 an event at a seventh of a core; 1 in traffic.md 4.2" },
    { name: "redis.opsPerS", unit: "1/s", value: [50e3, 100e3, 200e3], least, source: "operations of a Redis shard; bench costs: 9.3 us of Redis for the count of a report, at 0.13 of a core" },
    { name: "heartbeat.nodeUs", unit: "us", value: [6.5, 12, 22], source: "balanced event, receiver (4.2)" },
    { name: "heartbeat.seconds", unit: "s", value: 1, least: 0.1, source: "broker.config.ts heartbeatInterval; traffic.md 4.1 counts with 10" },
    { name: "report.seconds", unit: "s", value: 8, least: 0.1, source: "docs/sessions.md: a device that plays reports every 8 s" },
    { name: "session.bytes", unit: "B", value: [955, 5051, 5051], source: "bench presence: 955 idle; bench soak: 4 KiB more when full, in the node and in Redis" },
    { name: "connection.bytes", unit: "B", value: [26_564, 26_564, 33_125], source: "bench presence: gateway's heap for a connected user; 33,125 with the node's part" },
    { name: "playlist.bytes", unit: "B", value: 975, source: "bench playlists: idle actor beside its packed items" },
    { name: "hot.editsPerS", unit: "1/s", value: [8644, 9227, 9641], least, source: "bench playlists: one hot playlist, with everything else on the same two cores" },
    { name: "ingest.cpu", unit: "s/s", value: [0.0454, 0.0463, 0.05], source: "bench ingest: 36.6 CPU s for 790 s of music" },
    { name: "cluster.measured", unit: "nodes", value: 3, least: 1, source: "nodes of the largest cluster that was measured (traffic.md 5.1)" },
    { name: "actors.shards", unit: "shards", value: 256, least: 1, most: 65_536, source: "docs/actors.md: shards of a type" },
  ]),
  ...inputsOf("assumed", [
    { name: "presence.bytes", unit: "B", value: [300, 955, 2000], source: "presence of a user in memory and in the mirror, as an idle session" },
    { name: "handshake.us", unit: "us", value: [300, 1000, 3000], source: "a new socket: TLS, token, topics" },
    { name: "search.growth", unit: "exponent", value: [0.1, 0.15, 0.7], most: 2, source: "CPU of a search grows with this power of the catalogue: 0.14 between 100K and 1M tracks (bench search), nobody has looked beyond" },
    { name: "cache.localHit", unit: "share", value: [0.5, 0.7, 0.9], source: "manifests that a streaming node has in memory" },
    { name: "row.playlistBytes", unit: "B", value: [20, 30, 60], source: "a track of a playlist in PostgreSQL" },
    { name: "row.editBytes", unit: "B", value: [200, 300, 500], source: "an edit in the journal with its indexes" },
    { name: "row.trackBytes", unit: "B", value: [2e3, 5e3, 10e3], source: "a track in the catalogue with its indexes" },
    { name: "retention.events", unit: "days", value: [1, 7, 30], source: "listening events kept in PostgreSQL" },
    { name: "retention.edits", unit: "days", value: [7, 30, 90], source: "edits kept in the journal" },
    { name: "commit.ms", unit: "ms", value: [0.5, 1, 5], source: "a group commit" },
    { name: "commit.batch", unit: "rows", value: [10, 20, 100], least: 1, source: "rows of a group commit (4.2 counts with 20)" },
    { name: "service.spread", unit: "cv^2", value: [1, 2, 4], source: "squared coefficient of variation of CPU per operation, kinds mixed" },
    { name: "pause.ms", unit: "ms", value: [2, 5, 20], source: "garbage collection and neighbours on the path of the slowest in a hundred" },
    { name: "network.ms", unit: "ms", value: [0.2, 0.3, 1], source: "a hop between nodes of a cell, with the bus" },
  ]),
];
