/**
 * Edge, shields, origin and what is stored. Hit ratios are those of simulations/cache (Che), of requests and of bytes; the same with the
 * most played tracks pinned at every edge ("push") in place of an LRU alone.
 */
import { derivedOf } from "./rows.ts";

/** What edges are asked for, in the order that the functions of hit ratios take. */
const catalogue = "catalog.tracks, track.seconds, chunk.seconds, mix.low, mix.high, rate.low, rate.normal, rate.high";
const caches = (pinned: string) => `edge.bytes, ${pinned}, shield.bytes, min(shield.edges, edge.pops), ${catalogue}`;

export const edge = derivedOf([
  ["edge.hit", "share", `edgeHit(edge.bytes, 0, ${catalogue})`, "requests that an edge answers, LRU"],
  ["edge.byteHit", "share", `edgeByteHit(edge.bytes, 0, ${catalogue})`, "the same of bytes"],
  ["edge.missBps", "bit/s", "egress.bps * (1 - edge.byteHit)", "bits that leave the edge for the shields"],
  ["edge.servers", "servers", "(ceil(egress.bps / edge.pops / (edge.serverBps * cpu.use)) + failures) * edge.pops", "servers at the edge, if a PoP carries the mean"],
  ["shield.count", "shields", "ceil(edge.pops / shield.edges)", "shields"],
  ["origin.byteShare", "share", `originBytes(${caches("0")})`, "bytes that neither edge nor shield has"],
  ["shield.hit", "share", "1 - origin.byteShare / max(1e-12, 1 - edge.byteHit)", "bytes that a shield has of those it is asked for"],
  ["origin.bps", "bit/s", "egress.bps * origin.byteShare", "bits that leave object storage at the peak"],
  ["origin.gets", "1/s", `chunk.requests / (1 - prefetch.waste) * originRequests(${caches("0")})`, "GETs of object storage at the peak"],
  ["origin.monthGb", "GB/month", "egress.monthGb * origin.byteShare", "bytes that leave object storage in a month"],
  ["edge.pinnable", "tracks", "min(0.01 * catalog.tracks, edge.bytes / track.bytes)", "of the most played 1 %, those for which an edge has room"],
  ["edge.pinnedHit", "share", `edgeHit(edge.bytes, edge.pinnable, ${catalogue})`, "requests that an edge answers with these pinned"],
  ["edge.pinnedMissBps", "bit/s", `egress.bps * (1 - edgeByteHit(edge.bytes, edge.pinnable, ${catalogue}))`, "bits that then leave the edge"],
  ["origin.pinnedBps", "bit/s", `egress.bps * originBytes(${caches("edge.pinnable")})`, "bits that then leave object storage"],
]);

export const storage = derivedOf([
  ["track.bytes", "B", "(rate.low + rate.normal + rate.high) * 1000 / 8 * track.seconds", "a track in three tiers"],
  ["track.objects", "objects", "3 * ceil(track.seconds / chunk.seconds) + 1", "its chunks and its manifest"],
  ["catalog.bytes", "B", "catalog.tracks * track.bytes", "all tracks, one copy"],
  ["storage.bytes", "B", "catalog.bytes * catalog.regions + catalog.metadata", "audio in every region, and metadata"],
  ["storage.monthlyGrowth", "B/month", "catalog.daily * month.hours / 24 * (track.bytes * catalog.regions + catalog.metadata / catalog.tracks)", "new tracks of a month, in every region, with their metadata"],
  ["storage.year1", "B", "storage.bytes + 12 * storage.monthlyGrowth", "storage in a year"],
  ["storage.year2", "B", "storage.bytes + 24 * storage.monthlyGrowth", "in two years"],
  ["storage.year3", "B", "storage.bytes + 36 * storage.monthlyGrowth", "in three years"],
  ["ingest.puts", "1/s", "catalog.daily / 86400 * track.objects", "objects written, one copy"],
]);
