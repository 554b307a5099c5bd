/**
 * Every broker setting, each with its reason. Used by `npm start`, the console, the benches, the tests and Moleculer's own
 * runner, to which the folders say what the node hosts (on Node 24):
 *
 *   node node_modules/moleculer/bin/moleculer-runner.mjs --config broker.config.ts --mask '**\/*.service.ts' actors gateway
 */
import "./collector.ts";
import { nkeyAuthenticator } from "nats";
import { Errors, type ActionHandler, type ActionSchema, type BrokerOptions, type Context, type Middleware, type ServiceBroker } from "moleculer";
import { actorMiddleware, type Access, type CallMeta } from "./actors/index.ts";
import { ConfigError, loadConfig, type Config } from "./config.ts";
import { loadKeys } from "./keys.ts";
import { attachResources, detachResources } from "./resources.ts";
import { openPorts } from "./storage/index.ts";

/** Broker options for a configuration. */
export function brokerOptions(config: Config): BrokerOptions {
  // On a terminal, people read what the command says; machines read every line.
  const level = config.LOG_LEVEL ?? (config.NODE_ENV === "production" ? "info" : "warn");
  return {
    namespace: "ensemble",
    nodeID: config.NODE_ID,

    // None in one process. With NATS, each node proves its nkey and may use only the subjects it was granted; without
    // that, anyone who reaches the server could call any action in any user's name.
    transporter:
      config.NATS_URL === undefined
        ? null
        : {
            type: "NATS",
            options: {
              servers: config.NATS_URL,
              authenticator: nkeyAuthenticator(new TextEncoder().encode(config.NATS_NKEY_SEED ?? "")),
              // The default (2 minutes, twice) notices a dead server after 4 minutes.
              pingInterval: 5_000,
              maxPingOut: 2,
              // Never give up: a node without a transport is useless, but its in-flight local work is not.
              maxReconnectAttempts: -1,
              reconnectTimeWait: 250,
            },
          },

    // The default, 0, waits for ever: one lost message would hang its caller.
    requestTimeout: 10_000,
    // A retry must know whether an action is idempotent; only callers do. Moleculer's own runs bodies twice.
    retryPolicy: { enabled: false },
    // A breaker opens per node and action: one poison key would close it for every other key.
    circuitBreaker: { enabled: false },
    // Costs a quarter of remote throughput; bounds belong to the services that need them.
    bulkhead: { enabled: false },
    // 55 s until a dead node is noticed with the defaults (10 / 30), under 5 s with these.
    heartbeatInterval: 1,
    heartbeatTimeout: 3,
    // Stopping waits for the calls in progress; without it they are rejected although they may still finish.
    tracking: { enabled: true, shutdownTimeout: 20_000 },
    // A local copy answers without a hop. Keyed actors never rely on it: they are called by node.
    registry: { strategy: "RoundRobin", preferLocal: true },
    // JSON is as fast as the binary ones for messages of our size and can be read on the wire.
    serializer: "JSON",
    // Strict validation is free (0.03 us a call); a schema mistake is a bug to be seen at once.
    validator: true,
    // Moleculer's metrics halve throughput; services export their own counters (gateway, /metrics).
    metrics: { enabled: false },
    tracing: { enabled: false },
    // A request chain deeper than this is a loop.
    maxCallLevel: 20,
    // Names of nodes, not of users: nobody outside may list them.
    internalServices: true,
    // npm start and the commands stop the broker themselves, in the right order. The runner leaves it to the broker (below).
    skipProcessEventRegistration: true,

    logger: {
      type: "Pino",
      options: {
        level,
        pino: { options: { level, redact: { paths: redactedLogPaths, censor: "<redacted>" } } },
      },
    },

    // Calls of an actor's action reach its owner, wherever that is.
    middlewares: [resourcesMiddleware(config), actorMiddleware()],
    // Added last, the access rule is the outermost check: who may not call learns nothing about parameters.
    created(broker) {
      broker.middlewares.add(accessMiddleware);
      broker.middlewares.add(callsOutUntracked);
    },
  };
}

/** Fields that never reach a log, wherever an object with them is logged. */
const redactedLogPaths = ["password", "accessToken", "refreshToken", "authorization", "sig", "query", "token"].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Opens ports and keys before any service starts; closes them after the last one stopped. */
function resourcesMiddleware(config: Config): Middleware {
  return {
    name: "resources",
    async starting(broker: ServiceBroker) {
      attachResources(broker, { config, keys: await loadKeys(config), ports: await openPorts(config) });
    },
    async stopped(broker: ServiceBroker) {
      await detachResources(broker)?.ports.close();
    },
  };
}

/**
 * Refuses calls that an action's declared access rule does not allow. "public" and "internal" pass: who reaches the bus is a node of
 * ours, and the gateway routes to no internal action, nor to one without a rule (tests hold every action to having one).
 */
const accessMiddleware: Middleware = {
  name: "access",
  localAction(next: ActionHandler, action: ActionSchema): ActionHandler {
    const access = (action as { access?: Access }).access;
    if (access !== "listener" && access !== "admin") return next;
    return function checked(this: unknown, ctx: Context): unknown {
      const user = (ctx.meta as CallMeta).user;
      // Rejections, not throws: broker.call promises a promise.
      if (user === undefined) return Promise.reject(new Errors.MoleculerError("Log in to do this.", 401, "UNAUTHORIZED"));
      if (access === "admin" && user.role !== "admin") return Promise.reject(new Errors.MoleculerError("Only administrators may do this.", 403, "FORBIDDEN"));
      return (next as (ctx: Context) => unknown).call(this, ctx);
    } as ActionHandler;
  },
};

/**
 * Stopping waits for the calls that came in, not for those that went out: their callers wait for them. Moleculer never forgets
 * a remote call that timed out, and each would cost memory and make every stop wait for `shutdownTimeout`.
 */
const callsOutUntracked: Middleware = {
  name: "calls-out-untracked",
  remoteAction(next: ActionHandler): ActionHandler {
    return function untracked(this: unknown, ctx: Context): unknown {
      ctx.options.tracking = false;
      return (next as (ctx: Context) => unknown).call(this, ctx);
    } as ActionHandler;
  },
};

// A function, so that importing this file reads no environment; moleculer-runner calls it.
export default function runnerOptions(): BrokerOptions {
  const config = loadConfig();
  // The runner reads the same variable as a list of files, finds none, and would start a node that hosts nothing.
  if (config.SERVICES.length > 0) throw new ConfigError(["SERVICES is for npm start; give moleculer-runner the folders of the services instead (actors/catalog gateway)"]);
  return { ...brokerOptions(config), skipProcessEventRegistration: false };
}
