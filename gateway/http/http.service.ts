/**
 * The gateway service: HTTP in, actions out. Stateless: any number of them may run.
 *
 * front.ts sees every request first (edge, pages, rates, tokens); what belongs to an action goes on through
 * moleculer-web with the explicit aliases of routes.ts (api.ts).
 */
import type { ActionSchema, Service, ServiceBroker, ServiceSchema } from "moleculer";
import type { Declared } from "../../actors/index.ts";
import { measuresOf, resourcesOf } from "../../resources.ts";
import { playerAssets } from "../player/index.ts";
import type { SocketLimits } from "../socket/limits.ts";
import { socketService } from "../socket/service.ts";
import { apiMixin, authorise, metaOf, type ApiMethods } from "./api.ts";
import { descriptionFile, docsFiles } from "./docs-page.ts";
import type { Exchange } from "./exchange.ts";
import type { Endpoint } from "./front.ts";
import { Gateway } from "./gateway.ts";
import { limits, rates as defaultRates, type Rates } from "./limits.ts";
import { uploadPath } from "./own-paths.ts";
import { routes as apiRoutes, type Route } from "./routes.ts";
import { Uploads } from "./upload.ts";

/** The gateways of this process, by their service. */
const gateways = new WeakMap<Service, Gateway>();
/** For the sockets, which share its port. */
const coming = new WeakMap<Service, PromiseWithResolvers<Gateway>>();

export interface GatewayOptions {
  /** Other rates than limits.ts says: benches and tests of the rates themselves. */
  readonly rates?: Partial<Rates>;
  /** Other routes than routes.ts lists, for tests. */
  readonly routes?: readonly Route[];
  /** Other bounds of sockets than socket/limits.ts says, for tests and benches. */
  readonly sockets?: Partial<SocketLimits>;
}


const address: ActionSchema & Declared = {
  access: "internal",
  summary: "Where this gateway listens.",
  returns: { type: "object", required: ["url", "opsUrl"], properties: { url: { type: "string" }, opsUrl: { type: "string" } } },
  params: { $$strict: true },
  handler(this: Service) {
    return running(this).address;
  },
};

/** The gateway's service schema. */
export function httpService(options: GatewayOptions = {}): ServiceSchema {
  const routes = options.routes ?? apiRoutes;
  // Without the first, nobody can listen; without the others, one can.
  const listening: readonly Route["tag"][] = ["account", "browse", "play"];
  const actionsOf = (isNeeded: boolean) => routes.filter(({ tag }) => tag !== "admin" && listening.includes(tag) === isNeeded).map(({ action }) => action);
  const [needed, others] = [actionsOf(true), actionsOf(false)];
  return {
    name: "gateway",
    mixins: [
      apiMixin(routes, (service, exchange, error) => running(service).front.fail(exchange, error)),
    ],

    actions: { address },

    created(this: Service) {
      const made = Promise.withResolvers<Gateway>();
      // A gateway that fails to start says so itself.
      made.promise.catch(() => undefined);
      coming.set(this, made);
      this.broker.createService(socketService({ gateway: made.promise, routes, ...(options.sockets === undefined ? {} : { limits: options.sockets }) }));
      // Before any other service stops: requests in progress still need them.
      const stopping = async () => {
        made.reject(new Error("the gateway did not start"));
        await gateways.get(this)?.stop();
      };
      this.broker.middlewares.add({ name: "gateway-drain", stopping });
    },

    async started(this: Service) {
      const { httpHandler } = this as unknown as ApiMethods;
      const endpoints = routes.map((route): Endpoint => ({
        method: route.method,
        path: route.path,
        ...(route.credentials === true ? { credentials: true } : {}),
        handler: (exchange) => httpHandler(exchange.request, exchange.response),
      }));
      const resources = resourcesOf(this.broker);
      const uploads = new Uploads();
      endpoints.push({ method: "POST", path: uploadPath.path, handler: (exchange) => upload(this.broker, uploads, exchange) });
      const gateway = new Gateway({
        resources,
        player: await playerAssets(),
        docs: await docsFiles(),
        description: await descriptionFile(),
        fileOf: (exchange, params) => {
          authorise("listener", exchange.user);
          return this.broker.call("streaming.file", params, { meta: metaOf(exchange), requestID: exchange.id });
        },
        logger: this.logger,
        rates: { ...defaultRates, ...options.rates },
        endpoints,
        measures: () => measuresOf(this.broker),
        missingActions: (isNeeded) => (isNeeded ? needed : others).filter((name) => !this.broker.registry.getActionEndpoints(name)?.hasAvailable()),
      });
      gateways.set(this, gateway);
      coming.get(this)?.resolve(gateway);
      await gateway.start();
      this.logger.info(gateway.address, "listening");
    },

    async stopped(this: Service) {
      await gateways.get(this)?.stop();
    },
  };
}

/** POST /v1/admin/tracks. The caller is checked before the first byte of the file is read. */
async function upload(broker: ServiceBroker, uploads: Uploads, exchange: Exchange): Promise<void> {
  authorise("admin", exchange.user);
  // Encoding takes minutes, in which nothing moves on the socket.
  exchange.request.socket.setTimeout(0);
  try {
    const imported = await uploads.receive(exchange.request, ({ name, body }) =>
      broker.call("ingest.upload", { name }, { meta: metaOf(exchange), requestID: exchange.id, timeout: limits.ingestMs, stream: body }),
    );
    exchange.json(201, JSON.stringify(imported));
  } finally {
    exchange.request.socket.setTimeout(limits.idleMs);
  }
}

function running(service: Service): Gateway {
  const gateway = gateways.get(service);
  if (gateway === undefined) throw new Error("the gateway is not started");
  return gateway;
}

export default httpService();
