/**
 * Edge, shields, origin and what is stored. A size counts against 100M tracks, of which the hit ratios were computed (traffic.md 4.3).
 * Edge and shield together answer as the larger of them would alone: this gives the origin traffic of 4.3 to 0.03 Tbps, six sizes and curves.
 */
import { derivedOf } from "./rows.ts";

export const edge = derivedOf([
  ["edge.hit", "share", "hit(edge.bytes * 1e8 / catalog.tracks)", "requests that an edge cache answers, LRU"],
  ["edge.pinnedHit", "share", "pinned()", "the same with the most played 1 % pinned"],
  ["edge.byteHit", "share", "max(0, edge.hit - edge.byteGap)", "the same of bytes"],
  ["edge.missBps", "bit/s", "egress.bps * (1 - edge.byteHit)", "bits that leave the edge for the shields"],
  ["edge.servers", "servers", "(ceil(egress.bps / edge.pops / (edge.serverBps * cpu.use)) + failures) * edge.pops", "servers at the edge, if a PoP carries the mean"],
  ["shield.count", "shields", "ceil(edge.pops / shield.edges)", "shields"],
  ["shield.hit", "share", "hit(max(edge.bytes, shield.bytes) * 1e8 / catalog.tracks)", "requests that edge or shield answers"],
  ["origin.bps", "bit/s", "egress.bps * (1 - shield.hit)", "bits that leave object storage at the peak"],
  ["origin.gets", "1/s", "chunk.requests / (1 - prefetch.waste) * (1 - shield.hit)", "GETs of object storage at the peak"],
  ["origin.monthGb", "GB/month", "egress.monthGb * (1 - shield.hit)", "bytes that leave object storage in a month"],
]);

export const storage = derivedOf([
  ["track.bytes", "B", "(rate.low + rate.normal + rate.high) * 1000 / 8 * track.seconds", "a track in three tiers"],
  ["track.objects", "objects", "3 * ceil(track.seconds / chunk.seconds) + 1", "its chunks and its manifest"],
  ["catalog.bytes", "B", "catalog.tracks * track.bytes", "all tracks, one copy"],
  ["storage.bytes", "B", "catalog.bytes * catalog.regions + catalog.metadata", "audio in every region, and metadata"],
  ["storage.monthlyGrowth", "B/month", "catalog.daily * month.hours / 24 * track.bytes * catalog.regions", "new tracks of a month, in every region"],
  ["storage.later", "B", "storage.bytes + storage.monthlyGrowth * horizon.months", "storage at the horizon"],
  ["ingest.puts", "1/s", "catalog.daily / 86400 * track.objects", "objects written, one copy"],
]);
