/**
 * Ticks that go on while nobody looks at the page. Browsers let timers of hidden, silent pages run once a minute: the device would
 * seem to be away, and could not be chosen from another. A worker's timers are left alone.
 */
const script = "setInterval(() => postMessage(0), 1000)";

/** Calls `work` about once a second. Answers what ends it. */
export function everySecond(work: () => void): () => void {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "ensemble-clock" });
  worker.addEventListener("message", work);
  return () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
}
