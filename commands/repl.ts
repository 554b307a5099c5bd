/**
 * `npm run repl`: an operator's console (moleculer-repl) as a node of its own, until `quit` or Ctrl-D.
 *
 * In a cluster it joins over NATS with the key in its environment and hosts nothing, so that no listener's call lands on
 * it. Embedded, it hosts the services beside a running `npm start`, without gateway, imports and actors, and shares its
 * database. Who may start it may do what an administrator may; its own commands are in repl/.
 */
import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import type { Middleware, ServiceBroker } from "moleculer";
import { aroundCalls } from "../actors/index.ts";
import { loadConfig } from "../config.ts";
import { serviceNames, startNode } from "../ensemble.ts";
import { operator } from "./operator.ts";
import { operatorConsole } from "./repl/index.ts";

/** Not hosted by an embedded console. Actors: two processes that do not hear each other would each own half of them. */
const elsewhere: readonly string[] = ["gateway", "ingest", "playlist", "session", "presence", "group"];

export default async function repl(args: string[]): Promise<number> {
  parseArgs({ args, options: {} });
  const config = loadConfig({ ...process.env, NODE_ID: process.env["NODE_ID"] ?? `repl-${randomBytes(3).toString("hex")}`, SERVICES: "" });
  const hosted = config.NATS_URL === undefined ? serviceNames.filter((name) => !elsewhere.includes(name)) : [];
  const { customCommands, open, close } = operatorConsole();
  const { broker, stop } = await startNode(config, hosted, { middlewares: [callsAsOperator, { name: "ends-simulations", stopping: close }], replOptions: { delimiter: "ensemble $", customCommands } });
  const ended = Promise.withResolvers<void>();
  const stopped = () => void stop().then(ended.resolve, ended.reject);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.once(signal, stopped);
  open(broker);
  await ended.promise;
  return 0;
}

/** The operator, by the name of the account that started the console: logs say who acted. */
const person = { user: { ...operator.user, username: accountName() } };

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // The account has a number and no name, as in some containers.
    return operator.user.username;
  }
}

/**
 * Calls from the console that name no user are the operator's. A call made inside an action brings that one's meta along. Around
 * everything else, the way to an actor's owner too: middlewares of this process come last.
 */
const callsAsOperator: Middleware = {
  name: "calls-as-operator",
  created: (broker: ServiceBroker) =>
    aroundCalls(broker, (next) => (action, params, options = {}) => next(action, params, options.parentCtx === undefined ? { ...options, meta: { ...person, ...options.meta } } : options)),
};
