/** Dollars a month. Nodes and servers are paid for as if the peak lasted all day: nothing is switched off at night. */
import { derivedOf } from "./rows.ts";

const node = (kind: string, count: string, cores: string) => `${count} * month.hours * (price.vcpu * ${cores} + price.gib * ${kind}.memory / 2 ^ 30)`;

export const money = derivedOf([
  ["cost.cdn", "$/month", "price.cdnFirst * min(egress.monthGb, cdn.firstGb) + price.cdnSecond * max(0, min(egress.monthGb, cdn.secondGb) - cdn.firstGb) + price.cdnRest * max(0, egress.monthGb - max(cdn.firstGb, cdn.secondGb))", "what leaves the edge, by tiers"],
  ["cost.origin", "$/month", "origin.monthGb * price.originGb", "what leaves object storage"],
  ["cost.requests", "$/month", "3600 * month.hours / 1e6 * (origin.gets / load.peak * price.gets + ingest.puts * catalog.regions * price.puts)", "GETs and PUTs of object storage"],
  ["cost.storage", "$/month", "storage.bytes / 1e9 * price.objectGb", "objects"],
  ["cost.gateway", "$/month", node("gateway", "gateway.nodes", "1"), "gateways"],
  ["cost.session", "$/month", node("session", "session.nodes", "1"), "sessions and presence"],
  ["cost.playlist", "$/month", node("playlist", "playlist.nodes", "1"), "playlists"],
  ["cost.streaming", "$/month", node("streaming", "streaming.nodes", "1"), "streaming, catalog, rights"],
  ["cost.search", "$/month", node("search", "search.nodes", "search.cores"), "search"],
  ["cost.ingest", "$/month", node("ingest", "ingest.nodes", "ingest.cores"), "ingest"],
  ["cost.nats", "$/month", node("nats", "nats.servers", "nats.cores"), "NATS"],
  ["cost.redis", "$/month", node("redis", "redis.servers", "1"), "Redis"],
  ["cost.postgres", "$/month", `${node("postgres", "postgres.servers", "postgres.cores")} + postgres.bytes * cells * postgres.copies / 0.8 / 1e9 * price.diskGb`, "PostgreSQL with its disks"],
  ["cost.nodes", "$/month", "cost.gateway + cost.session + cost.playlist + cost.streaming + cost.search + cost.ingest + cost.nats + cost.redis + cost.postgres", "all that is not traffic or objects"],
  ["cost", "$/month", "cost.cdn + cost.origin + cost.requests + cost.storage + cost.nodes", "in all"],
  ["cost.storageYear1", "$/month", "storage.year1 / 1e9 * price.objectGb", "objects in a year, nothing of the past thrown away"],
  ["cost.storageYear2", "$/month", "storage.year2 / 1e9 * price.objectGb", "objects in two years"],
  ["cost.storageYear3", "$/month", "storage.year3 / 1e9 * price.objectGb", "objects in three years"],
]);
