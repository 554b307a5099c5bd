import { once } from "node:events";
import type { ChildProcess } from "node:child_process";

/** The next message of a process; rejects when it ends before. */
export async function answerOf(child: ChildProcess): Promise<unknown> {
  const heard = new AbortController();
  const ended = once(child, "exit", { signal: heard.signal }).then(([code, signal]) => {
    throw new Error(`a process of the validation ended (${String(code ?? signal)})`);
  });
  try {
    return ((await Promise.race([once(child, "message", { signal: heard.signal }), ended])) as [unknown])[0];
  } finally {
    heard.abort();
    ended.catch(() => {});
  }
}
