/** A thread of simulateOnThreads (seeds.ts): every so manieth seed, each result told as it comes. */
import { parentPort, workerData } from "node:worker_threads";
import { simulate } from "./world.ts";

const { first, end, step } = workerData as { readonly first: number; readonly end: number; readonly step: number };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a browser's window
for (let seed = first; seed < end; seed += step) parentPort?.postMessage(await simulate(seed));
