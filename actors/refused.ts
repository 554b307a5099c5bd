/** Why an actor refuses. Plain fields, so that a refusal is the same thing on another node, in an answer and in a client. */

/** Refused by an actor's own rules: nothing changed, and asking again changes nothing either. */
export abstract class Refused<Type extends string> extends Error {
  abstract override readonly name: string;
  /** HTTP status. */
  readonly code: number;
  readonly type: Type;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly retryable = false;

  constructor(code: number, type: Type, message: string, data?: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.type = type;
    this.data = data;
  }
}
