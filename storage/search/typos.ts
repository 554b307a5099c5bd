/**
 * Typos: the words one edit away from a word, and the distance between two. Pure.
 *
 * An edit is one letter added, dropped or replaced, or two neighbours swapped (Damerau; optimal string alignment). The
 * words one edit away are few enough (about 620 for eight letters) to ask the vocabulary for all of them by its
 * primary key, which costs less than any index of misspellings.
 */

const alphabets: readonly { readonly script: RegExp; readonly letters: string }[] = [
  { script: /^\p{Script=Latin}+$/u, letters: "abcdefghijklmnopqrstuvwxyz" },
  { script: /^[\p{Script=Latin}\p{N}]+$/u, letters: "abcdefghijklmnopqrstuvwxyz0123456789" },
  { script: /^[\p{Script=Cyrillic}\p{N}]+$/u, letters: "абвгдежзиклмнопрстуфхцчшщъыьэюяієґђјљњћџ" },
  { script: /^[\p{Script=Greek}\p{N}]+$/u, letters: "αβγδεζηθικλμνξοπρστυφχψω" },
  { script: /^[\p{Script=Hebrew}\p{N}]+$/u, letters: "אבגדהוזחטיךכלםמןנסעףפץצקרשת" },
  { script: /^[\p{Script=Arabic}\p{N}]+$/u, letters: "ابتةثجحخدذرزسشصضطظعغفقكلمنهويى" },
];

/** Every word one edit away from `word`, likeliest kinds first (swapped, dropped, doubled or added, replaced), each once, without `word`. */
export function oneEditAway(word: string): string[] {
  const letters = Array.from(word);
  const found = new Set<string>();
  const alphabet = Array.from(alphabets.find(({ script }) => script.test(word))?.letters ?? "");
  const head = (end: number) => letters.slice(0, end).join("");
  const tail = (start: number) => letters.slice(start).join("");
  for (let at = 0; at + 1 < letters.length; at++) found.add(`${head(at)}${letters[at + 1]}${letters[at]}${tail(at + 2)}`);
  for (let at = 0; at < letters.length; at++) found.add(head(at) + tail(at + 1));
  for (let at = 0; at <= letters.length; at++) for (const letter of alphabet) found.add(head(at) + letter + tail(at));
  for (let at = 0; at < letters.length; at++) for (const letter of alphabet) found.add(head(at) + letter + tail(at + 1));
  found.delete(word);
  found.delete("");
  return [...found];
}

/** Edits between two words, or `bound + 1` when there are more than `bound`. */
export function distance(left: string, right: string, bound: number): number {
  const a = Array.from(left);
  const b = Array.from(right);
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      row.push(edits);
      least = Math.min(least, edits);
    }
    // A swap reaches one row further back, so two rows must be beyond the bound; one is, when its least is bound + 1.
    if (least > bound + 1) return bound + 1;
    before = previous;
    previous = row;
  }
  return Math.min(previous[b.length] ?? bound + 1, bound + 1);
}
