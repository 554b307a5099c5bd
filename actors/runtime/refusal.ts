/** Errors as plain data on their way to a caller on another node, and back. */
import type { Refusal } from "./call.ts";
import { Interrupted, NotOwner, Overloaded, UnknownActor } from "./errors.ts";

/** Whether an actor refused by its own rules: its error says what it is. */
export function isRefusal(error: unknown): error is { readonly code: number; readonly type: string } {
  const { code, type } = error as Partial<Refusal>;
  return typeof code === "number" && typeof type === "string";
}

/** What the caller is told of `error`. Only errors that say what they are (a status and a type) show their message. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof NotOwner) return { name: error.name, message: error.message, owner: error.owner, epoch: error.epoch, retryable: true };
  if (error instanceof Overloaded || error instanceof Interrupted || error instanceof UnknownActor) return { name: error.name, message: error.message, retryable: error.retryable };
  const { name, message, data, retryable } = error as Partial<Refusal>;
  if (isRefusal(error)) {
    const { code, type } = error;
    return { name: name ?? "Error", message: message ?? "", code, type, ...(data === undefined ? {} : { data }), ...(retryable === undefined ? {} : { retryable }) };
  }
  // A store was away while something was read for the turn: what the turn would have done has not happened.
  if (name === "StorageUnavailable") return { name, message: "This cannot be done at the moment.", code: 503, type: "UNAVAILABLE", retryable: true };
  return { name: "ActorFailed", message: `${String(name)}: ${String(message)}` };
}

/** The same as an error to throw, for the runtime's own; undefined for an actor's. */
export function runtimeErrorOf(refusal: Refusal): NotOwner | Overloaded | Interrupted | UnknownActor | undefined {
  switch (refusal.name) {
    case "NotOwner":
      return new NotOwner(refusal.message, refusal.owner, refusal.epoch);
    case "Overloaded":
      return new Overloaded(refusal.message);
    case "Interrupted":
      return new Interrupted(refusal.message);
    case "UnknownActor":
      return new UnknownActor(refusal.message);
    default:
      return undefined;
  }
}
