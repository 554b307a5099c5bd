/** What is asked of each part at the peak: chunks, reports, calls, deliveries. Of the whole service, cells come later. */
import { derivedOf } from "./rows.ts";

export const traffic = derivedOf([
  ["play.seconds", "s", "load.concurrent / load.plays", "how long a play lasts, by Little's law"],
  ["chunk.requests", "1/s", "load.concurrent / chunk.seconds", "chunks that players ask for"],
  ["chunk.bytes", "B", "rate.mean * 1000 / 8 * chunk.seconds", "a chunk at the mean rate"],
  ["egress.bps", "bit/s", "load.bandwidth / (1 - prefetch.waste)", "bits that leave the edge: heard, and thrown away by skips"],
  ["egress.monthGb", "GB/month", "egress.bps / load.peak / 8 * 3600 * month.hours / 1e9", "bytes that leave the edge in a month, at the day's mean"],
  ["connections", "sockets", "load.concurrent * connection.perStream", "open sockets at the peak"],
  ["session.reports", "1/s", "load.concurrent / report.seconds", "signs of life of devices that play"],
  ["play.calls", "1/s", "load.plays * play.remote", "calls between nodes for plays"],
  ["browses", "1/s", "load.plays * play.browses", "pages of the catalogue"],
  ["calls", "1/s", "play.calls + browses + load.searches + load.editsPeak + session.reports + load.events", "calls between nodes, of all kinds"],
  ["presence.changes", "1/s", "load.plays * play.changes * presence.share", "changes that somebody hears of"],
  ["presence.deliveries", "1/s", "presence.changes * presence.online", "frames of presence to sockets"],
  ["gateway.counts", "1/s", "2 * (load.plays + browses + load.searches) + load.editsPeak + session.reports + load.events", "counts of what listeners ask, for their rates: by HTTP those of the address and of the account, by socket the account's"],
  ["gateway.operations", "1/s", "load.plays + browses + load.searches + load.editsPeak + session.reports + load.events + presence.deliveries + origin.gets", "what gateways do, of all kinds"],
  ["gateway.busy", "cores", "1e-6 * (load.plays * play.gatewayUs + load.searches * search.gatewayUs + browses * browse.gatewayUs + load.editsPeak * edit.gatewayUs + session.reports * report.gatewayUs + load.events * event.gatewayUs + presence.deliveries * delivery.gatewayUs + origin.gets * chunk.gatewayUs)", "cores that gateways keep busy, as the origin of what no cache has, too"],
  ["session.busy", "cores", "1e-6 * (load.plays * (play.sessionUs + call.calleeUs) + session.reports * report.sessionUs + load.events * event.sessionUs + presence.changes * presence.changeUs)", "cores that sessions and presence keep busy; an account's presence lives with its session"],
  ["playlist.busy", "cores", "1e-6 * load.editsPeak * edit.playlistUs", "cores that playlists keep busy at a release"],
  ["streaming.busy", "cores", "1e-6 * (load.plays * (play.streamingUs + call.callerUs) + browses * browse.catalogUs)", "cores that streaming, catalog and rights keep busy"],
  ["search.seconds", "s", "search.nodeUs * 1e-6 + search.cpuMs / 1000 * max(1, catalog.tracks / 1e6) ^ search.growth", "CPU of a search: the service, and the engine in the whole catalogue"],
  ["search.busy", "cores", "load.searches * search.seconds", "cores that searches keep busy"],
  ["ingest.busy", "cores", "catalog.daily / 86400 * ingest.peak * track.seconds * ingest.cpu", "cores that encode new tracks"],
]);
