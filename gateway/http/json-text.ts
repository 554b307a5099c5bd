/**
 * Answers as JSON text. A play's answer is nine tenths manifest, and the manifest is the same frozen object for every
 * play of a track: its bytes are made once and spliced in. Making them each time cost a third of a play request.
 */

/** The bytes of immutable objects, for as long as the objects live. */
const known = new WeakMap<object, Buffer>();

/**
 * `value` as JSON. The members named in `shared` whose value is a frozen object are serialised once per object: they
 * must never change, inside neither. Everything else is serialised as it is.
 */
export function jsonText(value: unknown, shared: readonly string[]): string | Buffer {
  if (shared.length === 0 || typeof value !== "object" || value === null) return JSON.stringify(value ?? {});
  const rest: Record<string, unknown> = { ...value };
  const parts: Buffer[] = [];
  for (const name of shared) {
    const member = rest[name];
    if (typeof member !== "object" || member === null || !Object.isFrozen(member)) continue;
    delete rest[name];
    let bytes = known.get(member);
    if (bytes === undefined) {
      bytes = Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(member)}`);
      known.set(member, bytes);
    }
    parts.push(bytes, comma);
  }
  if (parts.length === 0) return JSON.stringify(value);
  const tail = JSON.stringify(rest);
  if (tail === "{}") parts.pop();
  return Buffer.concat([brace, ...parts, Buffer.from(tail.slice(1))]);
}

const brace = Buffer.from("{");
const comma = Buffer.from(",");
