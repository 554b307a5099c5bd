/**
 * The last guard of a node: errors that nobody caught. Node's own answer is to end the process at once, which cuts every
 * stream and call in progress. Ours is to hand the first of them on, so that the node can be stopped in order; going on
 * for good is no choice, because nobody knows what the error left half done. `npm start` is the caller.
 */

/** Connections drain (15 s) and calls finish (20 s) in less; what takes longer will not end by itself. */
const stopWithinMs = 45_000;

/** Calls `stop` with the first error that reaches nobody. The process ends with 1, if need be by force. */
export function onFault(stop: (fault: Error) => void): void {
  let isStopping = false;
  const handle = (thrown: unknown) => {
    const fault = thrown instanceof Error ? thrown : new Error(`something that is no error was thrown: ${typeof thrown}`);
    // What falls over while the node stops is most likely the same thing again.
    if (isStopping) {
      console.error(fault.stack);
      return;
    }
    isStopping = true;
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    stop(fault);
  };
  process.on("uncaughtException", handle);
  process.on("unhandledRejection", handle);
}
