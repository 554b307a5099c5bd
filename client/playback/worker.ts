// oxlint-disable unicorn/require-post-message-target-origin -- workers and ports have no origin, windows are not involved
/** The Web Worker of the player: the producer between the network and the worklet's port. Wiring only. */
import { PlaybackError } from "../errors.ts";
import { ChunkSource, type Grant } from "./chunk-source.ts";
import { CreditSink } from "./credit-sink.ts";
import { Producer, type Sink } from "./producer.ts";
import type { FromWorker, ToWorker, WorkerToWorklet, WorkletToWorker } from "./protocol.ts";
import { FixedTier } from "./tier-chooser.ts";

const scope = globalThis as unknown as { addEventListener(type: "message", listener: (event: MessageEvent<ToWorker>) => void): void; postMessage(message: FromWorker): void };

const renewals = new Map<string, { resolve: (grant: Grant) => void; reject: (error: Error) => void }>();
const chooser = new FixedTier("auto");
const source = new ChunkSource({
  renew: (trackId) =>
    new Promise((resolve, reject) => {
      renewals.set(trackId, { resolve, reject });
      scope.postMessage({ type: "renew", trackId });
    }),
  measured: () => chooser.measured(),
});

let output: CreditSink | null = null;
let port: MessagePort | null = null;

/** The worklet changes when a track of another rate needs a new audio context; the producer stays. */
const sink: Sink = {
  get aheadMs() {
    return output?.aheadMs ?? 0;
  },
  write: async (block, signal) => {
    if (output === null) throw new PlaybackError("INTERNAL", "The audio output is not connected.");
    await output.write(block, signal);
  },
  end: (generation) => output?.end(generation),
};

const producer = new Producer({
  source,
  chooser,
  sink,
  failed: (generation, entry, { code, message }) => scope.postMessage({ type: "failed", generation, entry, failure: { code, message } }),
  overtaken: (generation) => scope.postMessage({ type: "overtaken", generation }),
});

function connect(next: MessagePort, rate: number): void {
  producer.stop();
  port?.close();
  port = next;
  const send = (message: WorkerToWorklet, transfer: Transferable[]) => next.postMessage(message, transfer);
  const credit = new CreditSink(
    rate,
    (block) => send({ type: "block", block }, [...new Set(block.channels.map((channel) => channel.buffer))]),
    (generation) => send({ type: "end", generation }, []),
  );
  output = credit;
  next.addEventListener("message", ({ data }: MessageEvent<WorkletToWorker>) => credit.consumed(data.generation, data.consumedFrames));
  next.start();
  // A decoder that cannot be opened is an error when something is played with it.
  producer.warm().catch(() => {});
}

function renewed({ trackId, grant, failure }: Extract<ToWorker, { type: "renewed" }>): void {
  const waiting = renewals.get(trackId);
  renewals.delete(trackId);
  if (grant !== null) waiting?.resolve(grant);
  else waiting?.reject(new PlaybackError(failure?.code ?? "INTERNAL", failure?.message ?? "The right to play could not be renewed."));
}

scope.addEventListener("message", ({ data }) => {
  switch (data.type) {
    case "connect":
      connect(data.port, data.rate);
      break;
    case "load":
      producer.load(data.generation, data.entry, data.sample);
      break;
    case "next":
      producer.setNext(data.after, data.entry);
      break;
    case "quality":
      chooser.quality = data.quality;
      break;
    case "renewed":
      renewed(data);
      break;
    case "stop":
      producer.stop();
      break;
  }
});
