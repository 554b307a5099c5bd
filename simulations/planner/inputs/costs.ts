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
    { name: "report.gatewayUs", unit: "us", value: [50, 168, 299], source: "bench costs: a report by socket; 50 as an edit in a full gateway of bench playlists" },
    { name: "report.sessionUs", unit: "us", value: [9, 25, 85], source: "bench costs: a report straight to a node; 9 for the bare pipeline of bench playlists" },
    { name: "event.gatewayUs", unit: "us", value: [50, 119, 222], source: "bench costs: a listening event by socket; 50 as an edit in a full gateway of bench playlists" },
    { name: "event.sessionUs", unit: "us", value: [46, 94, 201], source: "bench costs: a listening event, node; 46 as an edit on a full node of bench playlists" },
    { name: "edit.gatewayUs", unit: "us", value: [50, 168, 299], source: "bench costs: as a report by socket; 50 in a full gateway of bench playlists" },
    { name: "edit.playlistUs", unit: "us", value: [11, 46, 55], source: "bench playlists: hosting node, an edit; 11 us is the turn alone" },
    { name: "edit.postgresUs", unit: "us", value: [9, 22, 30], source: "bench playlists: PostgreSQL, an edit; 9 us for the bare pipeline" },
    { name: "search.gatewayUs", unit: "us", value: [113, 324, 419], source: "bench costs: as a page by HTTP; in a gateway hardly busy with searches 541, because PostgreSQL was full first" },
    { name: "search.nodeUs", unit: "us", value: [529, 1147, 1530], source: "bench costs: a search, node without the engine, hardly busy; 529 for the index alone with four clients (bench search)" },
    { name: "browse.gatewayUs", unit: "us", value: [113, 324, 419], source: "bench costs: a page of 20 tracks by HTTP; 113 as a play in bench plays" },
    { name: "browse.catalogUs", unit: "us", value: [60, 223, 291], source: "bench costs: a page of 20 tracks, node" },
    { name: "chunk.gatewayUs", unit: "us", value: [52, 472, 585], source: "bench costs: a chunk of 60 or 100 KB from files, over loopback; 52 from memory" },
    { name: "search.cpuMs", unit: "ms", value: [1.7, 2.35, 5.9], source: "bench search: CPU of PostgreSQL at 1M tracks, four clients; 1.69 at 100K" },
    { name: "event.postgresUs", unit: "us", value: [14, 43, 106], source: "bench costs: PostgreSQL at 5,000 events/s; 14 in batches of 2,000 (bench journal)" },
    { name: "delivery.gatewayUs", unit: "us", value: [8.6, 15.5, 15.5], source: "bench presence: 15.5 us a frame and socket; 8.6 with several frames at once" },
    { name: "call.callerUs", unit: "us", value: [6.5, 13.6, 30], source: "remote call, caller (traffic.md 4.2, 64 in flight); 6.5 through actors with 512 in flight (bench actors), 30 with 1 KB" },
    { name: "call.calleeUs", unit: "us", value: [6.5, 9, 22], source: "remote call, callee (the same)" },
    { name: "nats.messageUs", unit: "us", value: [1, 2.5, 11], source: "bench costs: nats-server 10 us a call straight to a node, of 4 messages in and out (43 for a play's large answer); 1 in traffic.md 4.2" },
    { name: "redis.opsPerS", unit: "1/s", value: [50e3, 100e3, 200e3], least, source: "operations of a Redis shard; bench costs: 9.8 us of Redis for the count of a report, 41 when it is hardly busy" },
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
    { name: "presence.changeUs", unit: "us", value: [10, 20, 46], source: "a change of presence on its node" },
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
