/** What the names of a file and of its folders say about a track: "Artist/Album/CD 2/01 - Title.ogg". Pure; used where tags are silent. */
import { posix } from "node:path";

export interface Guess {
  readonly title: string;
  readonly artist: string | undefined;
  readonly album: string | undefined;
  readonly disc: number | undefined;
  readonly number: number | undefined;
}

const discFolder = /^(?:cd|dis[ck]|dvd|side|vol(?:ume)?)[\s._-]*(\d{1,2})\b/i;

/** Reads `path` (relative to the imported folder, "/" between names); `root` is that folder's own name, "" when there is none. */
export function guess(path: string, root: string): Guess {
  const { dir, name } = posix.parse(path.replaceAll("\\", "/"));
  const folders = dir.split("/").filter((folder) => folder !== "" && folder !== ".");
  const discNumber = discFolder.exec(folders.at(-1) ?? "")?.[1];
  if (discNumber !== undefined) folders.pop();
  const file = fromFileName(readable(name));
  const above = [...(root === "" ? [] : [root]), ...folders].map(readable);
  return {
    title: file.title,
    artist: file.artist ?? (folders.length >= 2 ? above.at(-2) : undefined),
    album: above.at(-1),
    disc: discNumber === undefined ? file.disc : Number(discNumber),
    number: file.number,
  };
}

function fromFileName(name: string): { title: string; artist?: string; disc?: number; number?: number } {
  // "01 - Title", "01. Title", "1-01 Title", "01 Title"; a name that is only a number is a title.
  const [, disc, number, rest] = /^(?:(\d)-)?(\d{1,3})(?:\s*[-.)]\s*|\s+)(\S.*)$/.exec(name) ?? [];
  const numbered = rest !== undefined && !(disc === undefined && number?.length === 1 && !/^\d\s*[-.)]/.test(name));
  const text = numbered ? rest : name;
  const dash = /^(.+?)\s+-\s+(.+)$/.exec(text);
  return {
    title: (dash?.[2] ?? text).trim() || "Untitled",
    ...(dash?.[1] === undefined ? {} : { artist: dash[1].trim() }),
    ...(numbered && disc !== undefined ? { disc: Number(disc) } : {}),
    ...(numbered && Number(number) > 0 ? { number: Number(number) } : {}),
  };
}

/** A name as people would write it: underscores are spaces, and "-" between underscores parts artist from title. */
function readable(name: string): string {
  const text = name.normalize("NFC").replace(/\p{Cc}+/gu, " ").slice(0, 300);
  return (text.includes(" ") ? text : text.replaceAll("_", " ")).replace(/\s+/g, " ").trim();
}
