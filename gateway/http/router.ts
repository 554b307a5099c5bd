/** Finds the entry of a table of "METHOD /path/:name" patterns: fixed paths first, then patterns by number of segments. */
import { badRequest } from "./problem.ts";

export interface Match<T> {
  readonly entry: T;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern<T> {
  readonly segments: readonly string[];
  readonly entries: Map<string, T>;
}

const none: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

export class Router<T extends { readonly method: string; readonly path: string }> {
  readonly #fixed = new Map<string, Map<string, T>>();
  readonly #patterns = new Map<number, Pattern<T>[]>();

  constructor(table: readonly T[]) {
    for (const entry of table) this.#entriesFor(entry.path).set(entry.method, entry);
  }

  /** The entry for a path and method; HEAD finds GET. Undefined when there is none for this method. Throws Problem 400 for a malformed escape. */
  find(method: string, path: string): Match<T> | undefined {
    const wanted = method === "HEAD" ? "GET" : method;
    const fixed = this.#fixed.get(path)?.get(wanted);
    if (fixed !== undefined) return { entry: fixed, params: none };
    const pattern = this.#pattern(path);
    const entry = pattern?.entries.get(wanted);
    if (pattern === undefined || entry === undefined) return undefined;
    const params = Object.create(null) as Record<string, string>;
    const segments = path.slice(1).split("/");
    pattern.segments.forEach((segment, index) => {
      if (segment.startsWith(":")) params[segment.slice(1)] = decodeSegment(segments[index] ?? "");
    });
    return { entry, params };
  }

  /** The methods that a path answers to; empty when the path is unknown. */
  methods(path: string): string[] {
    const entries = this.#fixed.get(path) ?? this.#pattern(path)?.entries;
    if (entries === undefined) return [];
    const methods = [...entries.keys()];
    return methods.includes("GET") ? ["HEAD", ...methods] : methods;
  }

  #pattern(path: string): Pattern<T> | undefined {
    if (!path.startsWith("/")) return undefined;
    const segments = path.slice(1).split("/");
    return this.#patterns.get(segments.length)?.find((pattern) =>
      pattern.segments.every((segment, index) => (segment.startsWith(":") ? segments[index] !== "" : segment === segments[index])),
    );
  }

  #entriesFor(path: string): Map<string, T> {
    if (!path.includes("/:")) {
      const entries = this.#fixed.get(path) ?? new Map<string, T>();
      this.#fixed.set(path, entries);
      return entries;
    }
    const segments = path.slice(1).split("/");
    const same = this.#patterns.get(segments.length) ?? [];
    this.#patterns.set(segments.length, same);
    let pattern = same.find((other) => other.segments.join("/") === segments.join("/"));
    if (pattern === undefined) {
      pattern = { segments, entries: new Map() };
      same.push(pattern);
    }
    return pattern.entries;
  }
}

function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest("MALFORMED_PATH", "The path is not valid percent-encoded UTF-8.");
  }
}
