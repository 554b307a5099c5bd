/**
 * HTML that cannot be broken by what a scenario says: whatever is put into the template is escaped, unless it is HTML of this template
 * itself. Lists are joined; null, undefined and false are nothing.
 */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, n) => text + textOf(parts[n])).join(""));
}

/** For HTML that this house wrote: a style sheet, a script. Nothing of a run goes here. */
export const raw = (text: string): Html => new Html(text);

/** For text between tags and within quotes. */
export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A value for a script of type application/json: no character can end the script or begin a comment in it. */
export function jsonFor(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029"));
}

function textOf(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string") return escape(part);
  return typeof part === "number" ? String(part) : part.map(textOf).join("");
}
