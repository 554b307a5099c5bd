/** For tests of sockets: a client as an app developer without our own would write it, and a playlist whose readers the test names. */
import type { ServiceSchema } from "moleculer";
import { io, type Socket } from "socket.io-client";

export interface Told {
  readonly event: string;
  readonly message: unknown;
}

export interface TestSocket {
  readonly socket: Socket;
  /** Everything that was pushed, in order. */
  readonly told: Told[];
  ask(event: string, ...given: unknown[]): Promise<Reply>;
}

export interface Reply {
  readonly ok?: Record<string, unknown>;
  readonly error?: { readonly status: number; readonly code: string; readonly retryable: boolean; readonly details?: Record<string, unknown> };
  readonly topics?: Record<string, { readonly ok?: true; readonly error?: { readonly status: number; readonly code: string } }>;
}

/** A socket that is not connected yet, and never comes back by itself. */
export function openSocket(url: string, auth: object, options: { headers?: Record<string, string> } = {}): Socket {
  return io(url, { transports: ["websocket"], auth: { ...auth }, reconnection: false, forceNew: true, autoConnect: false, ...(options.headers === undefined ? {} : { extraHeaders: options.headers }) });
}

/** A connected socket. Throws what refused it. */
export async function connectTestSocket(url: string, token: string, options: { headers?: Record<string, string> } = {}): Promise<TestSocket> {
  const socket = openSocket(url, { token }, options);
  const told: Told[] = [];
  socket.onAny((event: string, message: unknown) => told.push({ event, message }));
  const connected = Promise.withResolvers<void>();
  socket.once("connect", () => connected.resolve());
  socket.once("connect_error", connected.reject);
  socket.connect();
  await connected.promise;
  return { socket, told, ask: (event, ...given) => socket.timeout(5_000).emitWithAck(event, ...given) as Promise<Reply> };
}

/** What refuses a socket: the error's `data`. */
export async function refusal(socket: Socket): Promise<{ message: string; data?: { error: { status: number; code: string; message: string; retryable: boolean } } }> {
  const refused = new Promise<Error>((resolve) => { socket.once("connect_error", resolve); });
  socket.connect();
  const error = await refused;
  socket.close();
  return error;
}

/** A playlist service that knows nothing but who may read: ids of users by playlist. The next `silent.times` questions it does not answer. */
export function readersService(readers: Map<string, Set<string>>, silent: { times: number } = { times: 0 }): ServiceSchema {
  return {
    name: "playlist",
    actions: {
      may: {
        access: "internal",
        params: { playlistId: "string" },
        handler({ params, meta }: { params: { playlistId: string }; meta: { user?: { id: string } } }) {
          if (silent.times > 0) {
            silent.times -= 1;
            throw Object.assign(new Error("nobody there"), { name: "StorageUnavailable" });
          }
          const allowed = readers.get(params.playlistId);
          return { exists: allowed !== undefined, read: meta.user !== undefined && allowed?.has(meta.user.id) === true };
        },
      },
    },
  } as unknown as ServiceSchema;
}
