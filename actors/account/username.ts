/**
 * Usernames: what may be one, and the key under which it is unique.
 *
 * Two names that differ only in case, diacritics or compatibility forms (full width, ligatures, ...) have one key, so
 * nobody can register a name that reads like another's in those ways; letters of different scripts are never mixed.
 */
import { fold } from "../../storage/index.ts";

export const usernameLength = { min: 3, max: 32 } as const;

/** Letters and digits of any script, with single dots, underscores and hyphens between them. Linear: no two branches share a first character. */
const spelling = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|[._-](?=[\p{L}\p{N}]))*$/u;

const confusableScripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/** A valid username as shown (NFKC) with its unique key, or undefined when `text` cannot be one. */
export function parseUsername(text: string): { username: string; key: string } | undefined {
  // Normalising may lengthen a text many times: it is bounded first.
  if (text.length > usernameLength.max * 4) return undefined;
  const username = text.normalize("NFKC").trim();
  const length = Array.from(username).length;
  if (length < usernameLength.min || length > usernameLength.max || !spelling.test(username)) return undefined;
  // "аdmin" with a Cyrillic а reads like "admin": a name keeps to one of the scripts that share letter shapes.
  if (confusableScripts.filter((script) => script.test(username)).length > 1) return undefined;
  const key = usernameKey(username);
  return key === "" ? undefined : { username, key };
}

/** `fold` drops what separates words; in a username the separators count. */
function usernameKey(username: string): string {
  return username
    .split(/([._-])/)
    .map((part) => (/^[._-]$/.test(part) ? part : fold(part).replaceAll(" ", "")))
    .join("");
}
