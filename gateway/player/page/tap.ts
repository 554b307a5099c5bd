/**
 * How a test hears the page: opened with `?tap`, every rendered frame is kept in `globalThis.ensembleTap`. Nothing there
 * that the page's own scripts could not read, and nothing is kept without the parameter.
 */
import type { BrowserOutputOptions } from "../../../client/index.ts";

export type Tap = NonNullable<BrowserOutputOptions["tap"]>;
export type Tapped = Parameters<Tap>[0];

/** A quantum, and when the page learned of it (performance.now()). */
export type Kept = Tapped & { readonly at: number };

/** At 128 frames each, ten minutes of 44.1 kHz. */
const keptQuanta = 206_000;

export function tapFromAddress(): Tap | null {
  if (!new URLSearchParams(location.search).has("tap")) return null;
  const kept: Kept[] = [];
  (globalThis as { ensembleTap?: Kept[] }).ensembleTap = kept;
  return (quantum) => {
    if (kept.length < keptQuanta) kept.push({ ...quantum, at: performance.now() });
  };
}
