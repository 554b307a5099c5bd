/** What a report cannot be made of: names the field, what was there and what is allowed. */
export class ReportError extends Error {
  readonly field: string;
  readonly value: unknown;
  readonly allowed: string;

  constructor(field: string, value: unknown, allowed: string) {
    super(`${field} is ${shown(value)}; allowed: ${allowed}`);
    this.name = "ReportError";
    this.field = field;
    this.value = value;
    this.allowed = allowed;
  }
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : ((JSON.stringify(value) as string | undefined) ?? "missing");
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
