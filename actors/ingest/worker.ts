/**
 * A thread that imports files: hashing, re-paging and analysis must not stall a process that serves listeners. It has no
 * ports of its own; what it needs from the rest of the system it asks the pool for (pool.ts, the other end of these messages).
 */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import type { Tools } from "./box.ts";
import { IngestError, ingestErrorFrom, type IngestCode } from "./errors.ts";
import { Pipeline, type FileTask, type Host, type Outcome, type Verdict } from "./pipeline.ts";

/** One method of Host with its arguments. */
export type Asked = { [M in keyof Host]: { readonly method: M; readonly args: Parameters<Host[M]> } }[keyof Host];

export type ToWorker =
  | { readonly type: "import"; readonly task: FileTask }
  | { readonly type: "stop" }
  | { readonly type: "answer"; readonly call: number; readonly value: Verdict | undefined }
  | { readonly type: "refusal"; readonly call: number; readonly name: string; readonly message: string };

export type FromWorker =
  | { readonly type: "alive" }
  | { readonly type: "ask"; readonly call: number; readonly asked: Asked }
  | { readonly type: "done"; readonly outcome: Outcome }
  | { readonly type: "failed"; readonly code: IngestCode; readonly message: string; readonly stack: string | undefined };

/** How often a working thread says that it is not stuck. */
export const aliveEveryMs = 5_000;

function serve(port: MessagePort, tools: Tools): void {
  const pipeline = new Pipeline(tools);
  const waiting = new Map<number, { resolve(value: Verdict | undefined): void; reject(error: Error): void }>();
  let calls = 0;
  let stop = new AbortController();
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

  const ask = (asked: Asked, transfer: ArrayBuffer[] = []) =>
    new Promise<Verdict | undefined>((resolve, reject) => {
      const call = ++calls;
      waiting.set(call, { resolve, reject });
      post({ type: "ask", call, asked }, transfer);
    });
  const host: Host = {
    async verdict(file) {
      const verdict = await ask({ method: "verdict", args: [file] });
      if (verdict === undefined) throw new IngestError("INTERNAL", "no verdict");
      return verdict;
    },
    async put(key, body, contentType) {
      // A chunk owns its memory and is not used again here; a view into something bigger (a cover) is copied.
      const owns = body.byteLength === body.buffer.byteLength && body.buffer instanceof ArrayBuffer && !Buffer.isBuffer(body);
      await ask({ method: "put", args: [key, body, contentType] }, owns ? [body.buffer] : []);
    },
    async discard(trackId) {
      await ask({ method: "discard", args: [trackId] });
    },
  };

  async function importOne(task: FileTask): Promise<void> {
    stop = new AbortController();
    const alive = setInterval(() => post({ type: "alive" }), aliveEveryMs);
    try {
      post({ type: "done", outcome: await pipeline.run(task, host, stop.signal) });
    } catch (error) {
      const { code, message } = ingestErrorFrom(error);
      post({ type: "failed", code, message, stack: code === "INTERNAL" && error instanceof Error ? error.stack : undefined });
    } finally {
      clearInterval(alive);
    }
  }

  port.on("message", (message: ToWorker) => {
    if (message.type === "import") void importOne(message.task);
    else if (message.type === "stop") stop.abort();
    else {
      const caller = waiting.get(message.call);
      waiting.delete(message.call);
      if (message.type === "answer") caller?.resolve(message.value);
      else caller?.reject(Object.assign(new Error(message.message), { name: message.name }));
    }
  });
}

if (parentPort !== null) serve(parentPort, workerData as Tools);
