/**
 * What a socket may subscribe to: topics by their pattern, each with the question that decides who may read it. A topic that
 * is not in the table does not exist.
 */
import { notFound, problemOf } from "../http/problem.ts";

/** Calls an action in the name of who wants to read. */
export type Ask = (action: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;

interface TopicRule {
  readonly pattern: RegExp;
  /** `id` is what stands behind the colon. */
  mayRead(ask: Ask, id: string): Promise<boolean>;
}

const rules: readonly TopicRule[] = [
  {
    pattern: /^playlist:([\w-]{1,64})$/,
    mayRead: async (ask, playlistId) => ((await ask("playlist.may", { playlistId, listening: true })) as { read?: unknown } | null)?.read === true,
  },
];

/** Throws Problem 404 for a topic that is in no pattern. */
export function demandTopic(topic: string): void {
  if (!rules.some(({ pattern }) => pattern.test(topic))) throw notFound();
}

/** Resolves when whom `ask` stands for may read `topic`. Throws a Problem: 404 when not, whether it exists or not. */
export async function demandRead(topic: string, ask: Ask): Promise<void> {
  for (const { pattern, mayRead } of rules) {
    const id = pattern.exec(topic)?.[1];
    if (id === undefined) continue;
    let allowed: boolean;
    try {
      allowed = await mayRead(ask, id);
    } catch (error) {
      throw problemOf(error, "GET");
    }
    if (allowed) return;
  }
  throw notFound();
}
