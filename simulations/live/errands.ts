/** What errands do with a run's library: the words that stand for a term, and the operations of edits. */

/** What the run's library has for errands. Plain data. */
export interface Errands {
  /** What people type, and what everybody types at a release. */
  readonly terms: readonly string[];
  readonly oneTerm: string;
  /** What is put into playlists. */
  readonly trackIds: readonly string[];
  /** By number, each with somebody who may edit it. */
  readonly playlists: readonly { readonly id: string; readonly user: number; readonly token: string }[];
}

export const wordsOf = ({ terms, oneTerm }: Errands, term: number): string => (term < 0 ? oneTerm : (terms[term % terms.length] ?? oneTerm));

/** One in so many edits takes back the one before, if that was of the same list: lists do not only grow. */
const takesBack = 4;

export type EditOp = { readonly opId: string; readonly type: "add"; readonly trackId: string; readonly itemId: string } | { readonly opId: string; readonly type: "remove"; readonly itemId: string };

/** The edits of one generator. */
export class Edits {
  readonly #library: Errands;
  #count = 0;
  #last: { readonly list: number; readonly itemId: string } | undefined;

  constructor(library: Errands) {
    this.#library = library;
  }

  /** `id`: different for each. Throws when the library has no playlists. */
  next(number: number, id: string): { readonly list: Errands["playlists"][number]; readonly op: EditOp } {
    const { playlists, trackIds } = this.#library;
    const list = playlists[number % playlists.length];
    if (list === undefined) throw new Error("there is no playlist to edit");
    this.#count += 1;
    const last = this.#last;
    if (this.#count % takesBack === 0 && last?.list === number) {
      this.#last = undefined;
      return { list, op: { opId: id, type: "remove", itemId: last.itemId } };
    }
    this.#last = { list: number, itemId: id };
    return { list, op: { opId: id, type: "add", trackId: trackIds[this.#count % trackIds.length] ?? "", itemId: id } };
  }
}
