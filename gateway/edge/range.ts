/** Single byte ranges (RFC 9110, 14): all that players use. Several ranges in one request are answered with the whole. */

export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** The range asked for of `size` bytes; "whole" when none applies, "unsatisfiable" for 416. */
export function parseRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  if (header === undefined) return "whole";
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header);
  const [, first = "", last = ""] = found ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const suffix = Number(last);
    return suffix === 0 || size === 0 ? "unsatisfiable" : { start: Math.max(0, size - suffix), end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(size, Number(last) + 1);
  if (last !== "" && Number(last) < start) return "whole";
  return start >= size ? "unsatisfiable" : { start, end };
}

/** Whether an If-None-Match header names `etag`. Weak comparison, as the header demands. */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header === "*" || header.split(",").some((tag) => strong(tag) === strong(etag));
}

function strong(tag: string): string {
  return tag.trim().replace(/^W\//, "");
}
