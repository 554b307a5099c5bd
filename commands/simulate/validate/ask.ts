import type { ChildProcess, Serializable } from "node:child_process";

/** Sends this to a process of the validation. Resolves with its next message, of those for which `isMeant` holds; rejects when it ends before. */
export function ask<Answer>(child: ChildProcess, order: Serializable, isMeant: (message: Answer) => boolean = () => true): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = () => child.off("message", heard).off("exit", gone);
    const heard = (message: Answer) => {
      if (!isMeant(message)) return;
      end();
      resolve(message);
    };
    const gone = () => {
      end();
      reject(new Error(`a process of the validation ended (${String(child.exitCode ?? child.signalCode)})`));
    };
    if (child.exitCode !== null || child.signalCode !== null) return gone();
    child.on("message", heard).on("exit", gone);
    child.send(order);
  });
}
