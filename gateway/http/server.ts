/** HTTP servers with the gateway's bounds, and their graceful end. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createAcceptor, type AddressInfo, type ListenOptions, type Server as Acceptor, type Socket } from "node:net";
import { limits } from "./limits.ts";

/** What Node's server does not know of itself. */
interface Connections {
  readonly all: Set<Socket>;
  /** Those on which no request has begun: browsers open some in advance. Node waits for them when it closes. */
  readonly silent: Set<Socket>;
  /** More sockets that listen at its address. */
  readonly acceptors: Acceptor[];
}

const connectionsOf = new WeakMap<Server, Connections>();

/** A server that is not listening yet, of `most` connections. Slow, oversized and broken requests end here, before any handler. */
export function boundedServer(listener: (request: IncomingMessage, response: ServerResponse) => void, most: number = limits.connections): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 2_000,
      // Two parsers must not see two requests in the same bytes.
      insecureHTTPParser: false,
      requireHostHeader: false,
    },
    listener,
  );
  server.timeout = limits.idleMs;
  server.maxHeadersCount = 100;
  const all = new Set<Socket>();
  const silent = new Set<Socket>();
  connectionsOf.set(server, { all, silent, acceptors: [] });
  server.on("connection", (socket: Socket) => {
    if (all.size >= most) {
      socket.destroy();
      return;
    }
    all.add(socket);
    silent.add(socket);
    socket.once("close", () => {
      all.delete(socket);
      silent.delete(socket);
    });
  });
  server.prependListener("request", (request) => silent.delete(request.socket));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket));
  return server;
}

/** What Node's parser refuses never becomes a request: the answer is written to the socket. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason, code] =
    error.code === "HPE_HEADER_OVERFLOW" ? [431, "Request Header Fields Too Large", "HEADERS_TOO_LARGE"] as const
    : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? [408, "Request Timeout", "TIMEOUT"] as const
    : [400, "Bad Request", "MALFORMED_REQUEST"] as const;
  const body = JSON.stringify({ error: { code, message: `${reason}.`, retryable: status === 408 } });
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n\r\n${body}`);
  socket.destroySoon();
}

/**
 * Listens with `sockets` sockets at one address; resolves with the bound port. Node takes one connection of each in a turn of its loop,
 * and a turn of a gateway that is full is 100 ms: with one socket those who come wait until they give up, and what they leave behind in the queue
 * is taken no faster. A system without SO_REUSEPORT listens with one.
 */
export async function listen(server: Server, port: number, host: string, sockets = 1): Promise<number> {
  if (sockets === 1) return bind(server, { port, host });
  // Sockets that share their address would share it with those of another process, too: it has to be free first.
  const probe = createAcceptor();
  const free = await bind(probe, { port, host });
  await closed(probe);
  const shared = { port: free, host, reusePort: true };
  try {
    await bind(server, shared);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOTSUP") throw error;
    return bind(server, { port: free, host });
  }
  const { acceptors } = connectionsFor(server);
  for (let made = 1; made < sockets; made++) {
    // As Node makes its own sockets for HTTP.
    const acceptor = createAcceptor({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit("connection", socket));
    acceptors.push(acceptor);
    await bind(acceptor, shared);
  }
  return free;
}

function bind(server: Acceptor, where: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...where, backlog: limits.backlog }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Acceptor): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** Connections that are open. */
export function openConnections(server: Server): number {
  return connectionsFor(server).all.size;
}

function connectionsFor(server: Server): Connections {
  const connections = connectionsOf.get(server);
  if (connections === undefined) throw new Error("not a bounded server");
  return connections;
}

/** Accepts nothing new, lets answers in progress finish for at most `boundMs`, then cuts what is left. */
export async function closeServer(server: Server, boundMs: number): Promise<void> {
  if (!server.listening) return;
  const { silent, acceptors } = connectionsFor(server);
  const ends = Promise.all([server, ...acceptors].map(closed));
  server.closeIdleConnections();
  for (const socket of silent) socket.destroy();
  const bound = setTimeout(() => server.closeAllConnections(), boundMs);
  await ends;
  clearTimeout(bound);
}
