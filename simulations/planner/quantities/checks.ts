/** The values that inputs imply for one another (traffic.md 4.1); contradictions.ts sets them beside what is stated. */
import { derivedOf } from "./rows.ts";

export const checks = derivedOf([
  ["check.concurrent", "streams", "load.plays * play.heard", "streams at once, when plays last as long as was heard elsewhere"],
  ["check.bandwidth", "bit/s", "load.concurrent * rate.mean * 1000", "bandwidth of the streams at the mean rate"],
  ["check.rate", "kbit/s", "mix.low * rate.low + mix.high * rate.high + (1 - mix.low - mix.high) * rate.normal", "mean rate of the mix of tiers"],
  ["check.eventsPerPlay", "1/play", "event.ends + event.seeks + event.pauses", "events that a play makes"],
  ["check.events", "1/s", "load.plays * check.eventsPerPlay", "events of the plays"],
  ["check.eventsPeak", "1/s", "load.eventsDaily / 86400 * load.peak", "the peak of the events of a day"],
  ["check.dailyPlays", "1/s", "check.eventsPeak / check.eventsPerPlay", "plays at the peak that the events of a day stand for"],
  ["check.dailyStreams", "streams", "check.dailyPlays * play.seconds", "streams at once that they stand for"],
  ["check.hours", "h", "load.concurrent / load.peak * 24 / load.dau", "hours that an active user listens a day, by the peak"],
  ["check.goalHours", "h", "day.sessions * day.session", "hours by sessions and their length"],
  ["check.catalog", "B", "catalog.bytes", "bytes of the catalogue by its tracks"],
  ["check.cells", "cells", "cells", "cells that the nodes need"],
  ["check.oneCell", "nodes", "gateway.raw + session.raw + playlist.raw + streaming.raw + search.raw", "nodes of the whole service, without spares"],
  ["check.statedNodes", "nodes", "check.oneCell / cell.stated", "nodes of each of the stated cells"],
  ["check.heartbeats", "1/s", "check.statedNodes * max(0, check.statedNodes - 1) / heartbeat.seconds", "heartbeats delivered in each of the stated cells"],
  ["check.topShare", "share", "shareOfTop(0.01 * catalog.tracks, catalog.tracks)", "plays of the most played 1 % of tracks, by the popularity"],
  ["check.playedTracks", "tracks", "playedTracks(catalog.tracks)", "tracks of the catalogue that the popularity lets play"],
  ["check.claimedMissBps", "bit/s", "load.bandwidth * (1 - edge.stated)", "bits that leave the edge at the stated hit ratio"],
  ["check.missBps", "bit/s", "load.bandwidth * (1 - edge.byteHit)", "bits that leave an LRU edge"],
]);
