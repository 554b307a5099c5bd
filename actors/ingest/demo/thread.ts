/** A thread that renders one piece of the demo library: seconds of arithmetic that must not stall the process. */
import { parentPort, workerData } from "node:worker_threads";
import { pieces } from "./pieces.ts";

const samples = pieces[workerData as number]?.render() ?? new Int16Array();
parentPort?.postMessage(samples, [samples.buffer]);
