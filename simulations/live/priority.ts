/** A generator that waits for a core leaves late, and the run says nothing: where it may, it goes before what it loads. */
import { setPriority } from "node:os";

const nice = -10;

/** Only root may, and whoever was granted it; otherwise nothing changes, and send lag tells what that cost. */
export function goFirst(): void {
  try {
    setPriority(nice);
  } catch {
    // Not ours to have.
  }
}
