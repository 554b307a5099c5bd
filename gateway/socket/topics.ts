/**
 * What a socket may subscribe to: topics by their pattern, each with the bus topic that it stands for, for who asks, and the
 * question that decides who may read it. A topic that is not in the table does not exist. `friends:me` is none of these: it
 * is put together from many bus topics (friends.ts).
 */
import type { Identity } from "../../actors/index.ts";
import { notFound, problemOf } from "../http/problem.ts";

/** Calls an action in the name of who wants to read. */
export type Ask = (action: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** A topic as a socket named it, and where its messages are on the bus. */
export interface Topic {
  readonly name: string;
  readonly bus: string;
}

interface TopicRule {
  readonly pattern: RegExp;
  /** `id` is what stands behind the colon. */
  busTopic(id: string, user: Identity): string;
  /** Asked when the bus has the subscription already: whoever answers is told that somebody listens. */
  mayRead(ask: Ask, id: string): Promise<boolean>;
}

export const friendsTopic = "friends:me";

const saysRead = (answer: unknown): boolean => (answer as { read?: unknown } | null)?.read === true;

const rules: readonly TopicRule[] = [
  {
    pattern: /^playlist:([\w-]{1,64})$/,
    busTopic: (id) => `playlist:${id}`,
    mayRead: async (ask, playlistId) => saysRead(await ask("playlist.may", { playlistId, listening: true })),
  },
  {
    // One's own is the only one there is: nobody else's can be named.
    pattern: /^session:(me)$/,
    busTopic: (_, { id }) => `session:${id}`,
    mayRead: async (ask) => {
      await ask("session.get", { listening: true });
      return true;
    },
  },
  {
    pattern: /^group:([\w-]{1,64})$/,
    busTopic: (id) => `group:${id}`,
    mayRead: async (ask, groupId) => saysRead(await ask("group.may", { groupId, listening: true })),
  },
];

/** The rule of a topic, and what stands behind its colon. Throws Problem 404 for a topic that is in no pattern. */
function ruleOf(name: string): { rule: TopicRule; id: string } {
  for (const rule of rules) {
    const id = rule.pattern.exec(name)?.[1];
    if (id !== undefined) return { rule, id };
  }
  throw notFound();
}

/** What `user` means by a topic. Throws Problem 404. */
export function topicOf(name: string, user: Identity): Topic {
  const { rule, id } = ruleOf(name);
  return { name, bus: rule.busTopic(id, user) };
}

/** Resolves when whom `ask` stands for may read the topic. Throws a Problem: 404 when not, whether it exists or not. */
export async function demandRead(name: string, ask: Ask): Promise<void> {
  const { rule, id } = ruleOf(name);
  let allowed: boolean;
  try {
    allowed = await rule.mayRead(ask, id);
  } catch (error) {
    throw problemOf(error, "GET");
  }
  if (!allowed) throw notFound();
}
