/** HTTP servers with the gateway's bounds, and their graceful end. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { limits } from "./limits.ts";

/** Connections on which no request has begun: browsers open some in advance. Node waits for them when it closes. */
const silent = new WeakMap<Server, Set<Socket>>();

/** A server that is not listening yet. Slow, oversized and broken requests end here, before any handler. */
export function boundedServer(listener: (request: IncomingMessage, response: ServerResponse) => void): Server {
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
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 100;
  const unused = new Set<Socket>();
  silent.set(server, unused);
  server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.prependListener("request", (request) => unused.delete(request.socket));
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

/** Listens; resolves with the bound port. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: limits.backlog }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Accepts nothing new, lets answers in progress finish for at most `boundMs`, then cuts what is left. */
export async function closeServer(server: Server, boundMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  for (const socket of silent.get(server) ?? []) socket.destroy();
  const bound = setTimeout(() => server.closeAllConnections(), boundMs);
  await closed;
  clearTimeout(bound);
}
