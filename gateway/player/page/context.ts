/** What every part of the page may use. */
import type { ApiClient } from "../../../client/index.ts";
import type { Listening } from "./listening.ts";

export interface PageContext {
  readonly api: ApiClient;
  /** The music, wherever it plays. */
  readonly player: Listening;
  /** Shows a sentence for a few seconds. */
  toast(text: string): void;
}

/** A sentence for a person, whatever went wrong. */
export function sentence(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : "Something went wrong.";
}
