/** What is wrong with a description: where it stands, what stands there, and what may. */

const shownLength = 80;

/** A description cannot be used as it stands: its first mistake, and in `problems` and the message all of them, a sentence each. */
export class DescriptionError extends Error {
  override readonly name = "DescriptionError";
  readonly code = "DESCRIPTION_INVALID";
  /** Where in the description, such as "arrivals.points[2].atMs". */
  readonly field: string;
  readonly value: unknown;
  /** A phrase: "a number above 0". */
  readonly allowed: string;
  readonly problems: readonly string[];

  constructor(field: string, value: unknown, allowed: string, others: readonly string[] = []) {
    const problems = [sentenceOf(field, value, allowed), ...others];
    super(problems.join("\n"));
    this.field = field;
    this.value = value;
    this.allowed = allowed;
    this.problems = problems;
  }
}

export function sentenceOf(field: string, value: unknown, allowed: string): string {
  const text = typeof value === "number" || value === undefined ? String(value) : (JSON.stringify(value) ?? typeof value);
  return `${field} is ${text.length <= shownLength ? text : `${text.slice(0, shownLength)}...`}; it must be ${allowed}`;
}

/** Of a description that came past its reader: a kind of it that the code does not go into. */
export function unheardOf(field: string, description: never): never {
  throw new DescriptionError(field, description, "one of those that its reader knows");
}
