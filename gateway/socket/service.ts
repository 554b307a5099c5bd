/**
 * The socket service: live news and calls by Socket.IO, on the port of the HTTP gateway, which brings it along.
 *
 * moleculer-io keeps what it is good at: the server's life, the namespace, the admission before it. Its own `call` is not
 * used: by default it reaches every action (`$node.list` too), and with a list it neither checks access nor counts; its
 * `broadcast` would let whoever reaches the bus write to every socket.
 */
import type { Context, Service, ServiceSchema, ServiceSettingSchema } from "moleculer";
import SocketGateway from "moleculer-io";
import { Server, type Socket } from "socket.io";
import type { Moved } from "../../actors/index.ts";
import { resourcesOf } from "../../resources.ts";
import type { Gateway } from "../http/gateway.ts";
import type { Route } from "../http/routes.ts";
import type { Admitted } from "./connection.ts";
import { socketLimits, type SocketLimits } from "./limits.ts";
import { Sockets } from "./sockets.ts";

export interface SocketOptions {
  /** The gateway of this node, once it is made. */
  readonly gateway: Promise<Gateway>;
  readonly routes: readonly Route[];
  /** Other bounds than limits.ts says, for tests and benches. */
  readonly limits?: Partial<SocketLimits>;
}

/** A service with what the mixin and the gateway put on it. */
type SocketService = Service & { io?: Server; sockets?: Sockets };

/** moleculer-io has put the service on the socket. */
type Served = Socket & { $service: SocketService };

/** A handler of Socket.IO, called with the socket as `this`. */
function on(method: "call" | "subscribe" | "unsubscribe" | "clock", arity: number) {
  return function handler(this: Served, ...given: unknown[]): void {
    // An acknowledgement is the last argument, whatever stands before it.
    const ack = given.at(-1);
    const [first, second] = given.slice(0, Math.min(arity, given.length - 1));
    const { sockets } = this.$service;
    if (method === "call") void sockets?.call(this, first, second, ack);
    else if (method === "clock") sockets?.clock(ack);
    else void sockets?.[method](this, first, ack);
  };
}

export function socketService(options: SocketOptions): ServiceSchema {
  const limits: SocketLimits = { ...socketLimits, ...options.limits };
  return {
    name: "socket",
    mixins: [SocketGateway as unknown as ServiceSchema],
    settings: {
      server: false,
      io: { namespaces: { "/": { authorization: true, events: { call: on("call", 2), subscribe: on("subscribe", 1), unsubscribe: on("unsubscribe", 1), clock: on("clock", 0) } } } },
      // Functions, and nobody's business.
      $secureSettings: ["io"],
    } as ServiceSettingSchema,
    events: {
      "actors.moved"(this: SocketService, { params }: Context<{ owners: readonly Moved[] }>) {
        this.sockets?.moved(params.owners.map(({ shard }) => shard));
      },
    },

    actions: { call: false, broadcast: false, getClients: false },
    methods: {
      initSocketIO(this: SocketService): void {
        this.io = new Server({
          // Polling would need sticky load balancers, and its bodies another set of bounds.
          transports: ["websocket"],
          serveClient: false,
          maxHttpBufferSize: limits.frameBytes,
          connectTimeout: limits.connectMs,
          pingInterval: limits.pingMs,
          pingTimeout: limits.pongMs,
          perMessageDeflate: false,
          allowRequest: (request, answer) => (this.sockets === undefined ? answer("starting", false) : this.sockets.allowRequest(request, answer)),
        });
      },

      async socketAuthorize(this: SocketService, socket: Socket): Promise<undefined> {
        const { sockets } = this;
        if (sockets === undefined) throw new Error("starting");
        (socket.data as { admitted?: Admitted }).admitted = await sockets.admit(socket);
      },
    },

    async started(this: SocketService) {
      const { io, broker, logger } = this;
      if (io === undefined) throw new Error("moleculer-io made no server");
      const gateway = await options.gateway;
      gateway.takeUpgrades((server) => {
        io.attach(server);
        const sockets = new Sockets({ io, gateway, broker, logger, limits, routes: options.routes, topics: resourcesOf(broker).ports.topics });
        this.sockets = sockets;
        io.engine.on("connection", (engine: Parameters<Sockets["opened"]>[0]) => sockets.opened(engine));
        io.of("/").on("connection", (socket) => {
          const { admitted } = socket.data as { admitted?: Admitted };
          if (admitted === undefined) socket.disconnect(true);
          else sockets.connected(socket, admitted);
        });
        return sockets;
      });
    },

    async stopped(this: SocketService) {
      // The gateway has drained it and closed the server; what is left is in memory.
      delete this.io;
    },
  };
}
