/**
 * The gateway service: HTTP in, actions out. Stateless: any number of them may run.
 *
 * front.ts sees every request first (edge, pages, rates, tokens); what belongs to an action goes on through
 * moleculer-web with the explicit aliases of routes.ts (api.ts).
 */
import type { ActionSchema, Service, ServiceSchema } from "moleculer";
import type { Declared } from "../../actors/index.ts";
import { resourcesOf } from "../../resources.ts";
import { apiMixin, type ApiMethods } from "./api.ts";
import type { Endpoint } from "./front.ts";
import { Gateway } from "./gateway.ts";
import { rates as defaultRates, type Rates } from "./limits.ts";
import { routes } from "./routes.ts";

/** The gateways of this process, by their service. */
const gateways = new WeakMap<Service, Gateway>();

export interface GatewayOptions {
  /** Other rates than limits.ts says: benches and tests of the rates themselves. */
  readonly rates?: Partial<Rates>;
}

/** Actions without which listeners are not served. */
const needed = routes.filter((route) => route.tag !== "admin").map((route) => route.action);

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
  return {
    name: "gateway",
    mixins: [
      apiMixin(routes, (service) => ({
        fail: (exchange, error) => running(service).front.fail(exchange, error),
        beforeCall: async (_exchange, route, { username }) => {
          if (route.action === "account.login" && typeof username === "string") await running(service).rates.take("username", username.slice(0, 256).toLowerCase());
        },
      })),
    ],

    actions: { address },

    created(this: Service) {
      // Before any other service stops: requests in progress still need them.
      const stopping = async () => gateways.get(this)?.stop();
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
      const gateway = new Gateway({
        resources: resourcesOf(this.broker),
        logger: this.logger,
        rates: { ...defaultRates, ...options.rates },
        endpoints,
        missingActions: () => needed.filter((name) => !this.broker.registry.getActionEndpoints(name)?.hasAvailable()),
      });
      gateways.set(this, gateway);
      await gateway.start();
      this.logger.info(gateway.address, "listening");
    },

    async stopped(this: Service) {
      await gateways.get(this)?.stop();
    },
  };
}

function running(service: Service): Gateway {
  const gateway = gateways.get(service);
  if (gateway === undefined) throw new Error("the gateway is not started");
  return gateway;
}

export default httpService();
