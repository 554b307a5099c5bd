/** Every bound of the gateway, with unit and reason. Nothing that comes from outside is unbounded. */

const kib = 1024;
const mib = 1024 * kib;

export const limits = {
  /** JSON bodies: the largest legitimate one (a batch of playlist edits) stays under this. */
  bodyBytes: 64 * kib,
  /** One uploaded recording: two hours of 24 bit stereo at 96 kHz are larger, everything ordinary is smaller. */
  uploadBytes: 1024 * mib,
  /** Rest of a refused body that is still read, so that the connection can go on and the client sees the answer. */
  unreadBytes: 8 * mib,
  /** Nesting of JSON. Recursive code downstream (validation, JSON.stringify) must never overflow its stack. */
  jsonDepth: 32,
  /** Elements of one JSON array and keys of one JSON object. */
  jsonItems: 1_000,
  queryPairs: 32,
  /** Path and query together. */
  urlBytes: 4 * kib,
  /** All headers of a request; Node answers 431 beyond. */
  headerBytes: 16 * kib,
  connections: 20_000,
  /**
   * Connections that have been made and wait to be taken: what comes in one turn of the loop, as after a gateway's restart. Who comes
   * beyond it repeats after 1, 3 and 7 s. Node's default is 511; the system cuts it to net.core.somaxconn (4096 where nobody has set it).
   */
  backlog: 4_096,
  /** Sockets that listen at the public address, each with a backlog of its own: connections that are taken in one turn of the loop (server.ts). */
  sockets: 64,
  /** Time to receive the headers: slow senders hold a socket, nothing else. */
  headersMs: 10_000,
  /** Time to receive a JSON body. */
  bodyMs: 10_000,
  /** Time to receive any request, uploads included. */
  requestMs: 15 * 60_000,
  /** A little longer than the 60 s of common load balancers, so that they close first. */
  keepAliveMs: 65_000,
  /** A socket on which nothing moves, in either direction. */
  idleMs: 120_000,
  /** Requests in progress when the node stops. */
  drainMs: 15_000,
  /** An upload is encoded before it is answered. */
  ingestMs: 10 * 60_000,
  /** Access tokens whose signature is known to be good (about 0.5 kB each). */
  verifiedTokens: 20_000,
  /** Parallel uploads: each holds a temporary file. */
  uploads: 4,
} as const;

/** `points` requests in `seconds`, per key. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

export interface Rates {
  /** Any API call, by network address (IPv6: by /64, what one subscriber holds). Generous: many listeners may share one. */
  readonly address: Rate;
  /** Any API call of an account. */
  readonly account: Rate;
  /** Register, log in, refresh, by address: most cost an Argon2 hash. Guesses at one name are the account service's to slow down. */
  readonly credentials: Rate;
}

export const rates: Rates = {
  address: { points: 6_000, seconds: 60 },
  account: { points: 1_200, seconds: 60 },
  credentials: { points: 60, seconds: 60 },
};
