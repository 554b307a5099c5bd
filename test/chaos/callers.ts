/**
 * Callers: each does one operation after the other, as a client does. An answer that does not come, or says that nobody knows, is asked for
 * again with the same operation id until there is one, or until the run has no more time; some are sent twice on purpose.
 */
import type { ServiceBroker } from "moleculer";
import type { LiveSocket } from "../../client/index.ts";
import type { History, Operation } from "./history.ts";
import type { Seeded } from "./random.ts";

/** How calls reach the cluster. Each rejects with CallFailed. */
export interface Access {
  apply(playlist: string, ops: readonly Op[], clock?: Readonly<Record<string, number>>): Promise<Applied>;
  get(playlist: string): Promise<{ version: number; items: { itemId: string; trackId: string }[] }>;
  /** Events after `since`, in order. */
  since(playlist: string, version: number): Promise<{ version: number; opId: string; type: string }[]>;
  /** Says that somebody listens to the playlist's topic. */
  listening(playlist: string): Promise<unknown>;
}

export type Op = Readonly<Record<string, unknown>> & { readonly opId: string; readonly type: string };

export interface Applied {
  readonly version: number;
  readonly results: readonly {
    readonly opId: string;
    readonly status: "applied" | "repeated" | "refused";
    readonly version?: number;
    readonly itemIds?: readonly string[];
    readonly concurrentWith?: readonly string[];
    readonly error?: { readonly type?: string; readonly message?: string };
  }[];
}

/** A call that got no result. `isKnown`: refused for good, nothing happened; else nobody knows. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly isKnown: boolean;
  /** What a server that is too busy asks for, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, isKnown: boolean, retryAfterMs?: number) {
    super(message);
    this.isKnown = isKnown;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Shorter than most faults: unknown outcomes are what the run is about. */
const callTimeoutMs = 2_000;
const pauseMs = [20, 200] as const;

/** Calls an action in somebody's name. Rejects with CallFailed. */
export type Call = <T>(action: string, params: object, timeoutMs?: number) => Promise<T>;

/** Calls through the actor router of a node of the cluster that hosts nothing. */
export function callsOver(broker: ServiceBroker, user: Readonly<Record<string, unknown>>): Call {
  return async <T>(action: string, params: object, timeoutMs = callTimeoutMs): Promise<T> => {
    try {
      return await broker.call<T, object>(action, params, { meta: { user }, timeout: timeoutMs });
    } catch (error) {
      const { code, type, message } = error as { code?: unknown; type?: unknown; message?: string };
      const isRule = typeof code === "number" && code >= 400 && code < 500 && code !== 408 && code !== 429 && type !== "SERVICE_NOT_FOUND";
      throw new CallFailed(`${String(type ?? code)} ${message}`, isRule);
    }
  };
}

/** As a client of ours: by its socket, which comes back by itself. */
export function callsBySocket(socket: LiveSocket): Call {
  return async <T>(action: string, params: object): Promise<T> => {
    try {
      return await socket.call<T>(action, params);
    } catch (error) {
      const { code, message, retryable, retryAfterMs } = error as { code?: string; message?: string; retryable?: boolean; retryAfterMs?: number | null };
      throw new CallFailed(`${code} ${message}`, retryable === false, retryAfterMs ?? undefined);
    }
  };
}

/** Playlists, through the router. */
export function overBroker(broker: ServiceBroker, user: Readonly<Record<string, unknown>>): Access {
  const call = callsOver(broker, user);
  return {
    apply: (playlistId, ops, clock) => call("playlist.apply", { playlistId, ops, ...(clock === undefined ? {} : { clock }) }),
    get: (playlistId) => call("playlist.get", { playlistId }),
    since: async (playlistId, since) => eventsOf(await call("playlist.ops", { playlistId, since })),
    listening: (playlistId) => call("playlist.may", { playlistId, listening: true }),
  };
}

/** Calls over REST through a gateway, as an app makes them. */
export function overRest(address: string, token: string): Access {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    let response: Response;
    let answer: { error?: { code: string; message: string } };
    try {
      response = await fetch(`${address}/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(callTimeoutMs * 2),
      });
      answer = (await response.json()) as typeof answer;
    } catch (error) {
      throw new CallFailed(error instanceof Error ? error.message : String(error), false);
    }
    if (response.ok) return answer as T;
    const isRule = response.status < 500 && response.status !== 408 && response.status !== 429;
    throw new CallFailed(`${response.status} ${answer.error?.code} ${answer.error?.message}`, isRule, Number(response.headers.get("retry-after") ?? 0) * 1_000);
  };
  return {
    apply: (id, ops, clock) => call("POST", `/playlists/${id}/ops`, { ops, ...(clock === undefined ? {} : { clock }) }),
    get: (id) => call("GET", `/playlists/${id}`),
    since: async (id, since) => eventsOf(await call("GET", `/playlists/${id}/ops?since=${since}`)),
    listening: () => Promise.reject(new CallFailed("by REST nobody listens", true)),
  };
}

/** Both forms of a list: with the list in a field, or bare. */
function eventsOf(answer: unknown): { version: number; opId: string; type: string }[] {
  const { ops = [] } = answer as { ops?: { version: number; opId: string; type: string }[] };
  return ops;
}

export interface CallerParts {
  readonly name: string;
  readonly access: Access;
  readonly history: History;
  readonly random: Seeded;
  /** Nobody waits for an answer longer than until then (history's clock). */
  readonly giveUpAt: () => number;
}

export class Caller {
  readonly name: string;
  readonly random: Seeded;
  readonly #parts: CallerParts;
  #count = 0;
  /** Calls that were sent twice on purpose. */
  sentTwice = 0;

  constructor(parts: CallerParts) {
    this.name = parts.name;
    this.random = parts.random;
    this.#parts = parts;
  }

  /** An operation id nobody else makes. */
  nextId(): string {
    return `${this.name}-${++this.#count}`;
  }

  /** Sends operations in one call until their outcome is known or time is up; answers them with it. */
  async apply(playlist: string, ops: readonly Op[], clock?: Readonly<Record<string, number>>): Promise<{ operations: Operation[]; applied: Applied | undefined }> {
    const { access, history, random } = this.#parts;
    const operations = ops.map((op) => history.invoke({ opId: op.opId, caller: this.name, subject: playlist, op }));
    const applied = await untilKnown(this.#parts, operations, () => {
      const sent = access.apply(playlist, ops, clock);
      if (random.chance(0.05)) {
        this.sentTwice += 1;
        // The same again, as from a client that lost patience: whichever answer comes, it is the same one.
        void access.apply(playlist, ops, clock).catch(() => {});
      }
      return sent;
    });
    if (applied !== undefined) for (const operation of operations) settle(history, operation, applied);
    return { operations, applied };
  }

  /** Reads a playlist once; a read that fails is not part of the history. */
  async read(playlist: string): Promise<{ version: number; items: { itemId: string; trackId: string }[] } | undefined> {
    const { access, history } = this.#parts;
    const invokedAt = history.now();
    try {
      const answer = await access.get(playlist);
      history.read({ playlist, invokedAt, version: answer.version });
      return answer;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      return undefined;
    }
  }
}

/** Sends until there is an answer, which is left to the caller, or none can come: then the operations have ended as refused or unknown. */
export async function untilKnown<Answer>({ history, giveUpAt, random }: Pick<CallerParts, "history" | "giveUpAt" | "random">, operations: readonly Operation[], send: () => Promise<Answer>): Promise<Answer | undefined> {
  let reason = "no time was left";
  while (history.now() < giveUpAt()) {
    for (const operation of operations) operation.attempts += 1;
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      reason = error.message;
      if (error.isKnown) {
        for (const operation of operations) history.end(operation, "fail", { reason });
        return undefined;
      }
      await pause(Math.max(error.retryAfterMs ?? 0, random.between(...pauseMs)));
    }
  }
  for (const operation of operations) history.end(operation, "info", { reason });
  return undefined;
}

function settle(history: History, operation: Operation, { results }: Applied): void {
  const result = results.find(({ opId }) => opId === operation.opId);
  if (result === undefined) history.end(operation, "info", { reason: "the answer does not mention it" });
  else if (result.status === "refused") history.end(operation, "fail", { reason: `${result.error?.type} ${result.error?.message}` });
  else history.end(operation, "ok", { ...(result.version === undefined ? {} : { version: result.version }), ...(result.concurrentWith === undefined ? {} : { concurrentWith: result.concurrentWith }) });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
