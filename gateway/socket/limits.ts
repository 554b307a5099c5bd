/** Every bound of the sockets, with unit and reason. A socket that breaks one is cut off; nobody else notices. */
import { limits } from "../http/limits.ts";

const kib = 1024;

export const socketLimits = {
  /** About 25 kB each: half a GB of a full gateway. */
  sockets: limits.connections,
  /** Devices and tabs of one person, with those that a network swallowed and that are not noticed yet. */
  socketsPerAccount: 50,
  /** From the open connection to a verified token. */
  connectMs: 10_000,
  /** A silent peer is noticed after both: proxies commonly cut what is silent for 60 s. */
  pingMs: 25_000,
  pongMs: 20_000,
  /** One frame: the largest body of the HTTP API and the name of its action. */
  frameBytes: limits.bodyBytes + kib,
  /** Messages of one socket: ten times what a busy program needs; more is a flood, and answering 429 to each costs more than the cut. */
  messagesPerSecond: 500,
  messagesAtOnce: 2_000,
  bytesPerSecond: 512 * kib,
  bytesAtOnce: 2_048 * kib,
  /** Calls of one socket that wait for their answer; further ones are answered 429. */
  calls: 200,
  /** Topics of one socket. A person looks at a few playlists at a time. */
  topics: 100,
  /** Messages that a listener has not read yet. Beyond, he is too slow for what he asked for. */
  backlogBytes: 4_096 * kib,
  backlogCheckMs: 1_000,
  /** Messages of a topic that wait while access to it is checked again; beyond, its sockets are told of a gap. */
  heldMessages: 1_000,
  /** Questions about access under way at a time, when a change or a gap asks for many. */
  checks: 16,
  /** Friends of one user that are pushed: as many as he may follow (presence's own bound). */
  followees: 1_000,
  /** Users that this gateway listens to for their followers, about 1 kB each. The activity of more is read, not pushed. */
  followeesWatched: 100_000,
  /** Questions about followees under way at a time: enough to travel together, a part of what an owner's queue holds. */
  followeesAsked: 64,
  /** Least time between two readings of whom a user follows: each is followed by a snapshot, up to 350 kB for each of his sockets. */
  followingMs: 1_000,
  /** A snapshot waits so long for answers about friends; who is known later comes as a change. */
  snapshotWaitMs: 2_000,
  /** What was not answered, and what looks wrong, is asked for again at this pace. */
  followeeSweepMs: 5_000,
  /** A track that ended so long ago without news: the user's session may have died with the news of it. */
  overdueMs: 30_000,
  /** Whether somebody popular still is. */
  popularAgainMs: 10 * 60_000,
  /** From shards of presence that moved until those who played there are asked about again: others that move with them are asked about once. Whose mirror was lost with his node is not shown until his device reports, 8 s at most. */
  movedSettleMs: 3_000,
  /** Sockets that are given changes of friends in one turn of the event loop: about 2 ms. */
  fanOutChunk: 200,
  /** Least time between two frames of changes for a socket that takes several in one. Nobody sees a tenth of a second in a list of friends. */
  batchMs: 100,
  /** Calls in progress may finish when the node stops. */
  drainMs: 5_000,
  /** Sockets of a stopping node come to the others over this time. */
  reconnectSpreadMs: 10_000,
} as const;

export type SocketLimits = { readonly [name in keyof typeof socketLimits]: number };
