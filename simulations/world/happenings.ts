/** What happens on a day beside its curve. `atHour` is of UTC. */
import { z } from "zod";
import { fields, kinds, number, share, text, word, type Described } from "../description/index.ts";

/** Of a day; a shorter one has less. */
export const hoursMost = 72;

const literal = <const Type extends string>(type: Type) => z.literal(type);
const atHour = number({ least: 0, most: hoursMost }).describe("Hour of UTC, from the beginning of the day.");
const minutes = number({ above: 0, most: 60 * hoursMost }).describe("Minutes that it lasts.");
const region = text(100).describe("The name of one of the day's regions.");
const people = number({ least: 0, most: 1e10 });
const times = number({ least: 1, most: 1_000 });
const reconnectS = (otherwise: number) => number({ least: 1, most: 3_600 }).default(otherwise).describe("Mean seconds until one of them has a socket again.");

export const nodeKinds = ["gateway", "session", "playlist", "streaming", "search", "nats", "redis", "postgres", "edge"] as const;
export type NodeKind = (typeof nodeKinds)[number];

const regionOutage = fields({
  type: literal("region-outage"),
  region,
  atHour,
  minutes,
  reconnectS: reconnectS(60),
  lost: share.default(0.05).describe("Of its listeners, those who do not come back."),
}).describe("A region answers nobody: its listeners come to the others, those who come at all.");

const nodeLoss = fields({
  type: literal("node-loss"),
  region,
  kind: word(nodeKinds).describe("What the nodes are of."),
  share: number({ least: 0, most: 0.99 }).describe("Of the region's nodes of this kind, those that are gone."),
  atHour,
  minutes,
  reconnectS: reconnectS(30),
}).describe("A share of a region's nodes of one kind is gone.");

const release = fields({
  type: literal("release"),
  atHour,
  tracks: number({ least: 1, most: 1e6, whole: true }).default(31).describe("How many."),
  editsTimes: times.default(3).describe("Edits at the top, as multiples of what they are without."),
  searchesTimes: times.default(2).describe("Searches at the top, as multiples of what they are without."),
  playsShare: number({ least: 0, most: 0.99 }).default(0.04).describe("Of plays, those of the new tracks at the top."),
  notified: people.default(0).describe("People who begin a session because of a notice."),
  pushed: people.default(0).describe("People who are told by a push."),
  rampS: number({ least: 1, most: 86_400 }).default(60).describe("Seconds up."),
  holdMinutes: number({ least: 0, most: 60 * hoursMost }).default(10).describe("Minutes at the top."),
  fallMinutes: minutes.default(60).describe("Minutes in which it falls to 1/e."),
}).describe("New tracks: more edits, searches for one term, sessions begun by a notice, objects that no cache has.");

const celebrity = fields({
  type: literal("celebrity"),
  atHour,
  minutes,
  followers: people.describe("Those who can be online; of these the share that listens at that time is told."),
  changeEveryS: number({ least: 1, most: 86_400 }).default(160).describe("Seconds between two changes of what is played."),
  joinShare: share.default(0).describe("Of the followers, those who begin a session to listen along."),
}).describe("Somebody with many followers listens: each change goes to all who are online, some come along.");

const reconnectStorm = fields({
  type: literal("reconnect-storm"),
  region: region.exactOptional().describe("The name of one of the day's regions; all of them when left out."),
  share: share.describe("Of the devices, those that lose the network."),
  atHour,
  minutes,
  reconnectS: reconnectS(30).describe("Mean seconds in which they come back, once they can."),
  edits: number({ least: 0, most: 1_000 }).default(0).describe("Kept by each device while it was away."),
  events: number({ least: 0, most: 10_000 }).default(0).describe("Kept by each device while it was away."),
}).describe("A share of devices loses the network, and comes back at once with what was done meanwhile.");

const synchronised = fields({
  type: literal("synchronised"),
  localHour: number({ least: 0, most: 24 }).default(0).describe("Of each region's own clock."),
  joinShare: number({ least: 0, most: 10 }).describe("Sessions that begin, over the region's most listeners on a day without."),
  spreadS: number({ least: 1, most: 86_400 }).default(60).describe("Mean seconds over which they begin."),
}).describe("At an hour of their own clocks many begin at once, with the same tracks.");

export const happeningSchema = kinds("type", regionOutage, nodeLoss, release, celebrity, reconnectStorm, synchronised);

export type Happening = Described<typeof happeningSchema>;
export type RegionOutage = Described<typeof regionOutage>;
export type NodeLoss = Described<typeof nodeLoss>;
export type WorldRelease = Described<typeof release>;
export type Celebrity = Described<typeof celebrity>;
export type ReconnectStorm = Described<typeof reconnectStorm>;
export type Synchronised = Described<typeof synchronised>;
