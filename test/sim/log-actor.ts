/** The actor of the simulation: a list that commands append to, so that its state shows every event and their order. */
import type { ActorType } from "../../actors/runtime/definition.ts";

export interface Append {
  readonly opId: string;
  /** What is appended; stays the same when an operation is repeated. */
  readonly item: string;
}

/** How long the list is, and what each operation was answered with: the place of its item. */
export interface Appended {
  readonly version: number;
  readonly places: readonly number[];
}

export interface Listed {
  readonly version: number;
  readonly items: readonly string[];
}

export class Refused extends Error {
  override readonly name = "Refused";
  readonly code = 422;
  readonly type = "REFUSED";
  readonly data: { readonly version: number };

  constructor(version: number) {
    super("as asked");
    this.data = { version };
  }
}

interface Log {
  readonly items: string[];
}

export const logActor: ActorType<Log, { readonly item: string }> = {
  type: "log",
  empty: () => ({ items: [] }),
  apply: (state, { item }) => void state.items.push(item),
  pack: (state) => ({ items: [...state.items] }),
  unpack: (packed) => ({ items: [...(packed as Log).items] }),
  eventVersion: 1,
  stateVersion: 1,
  commands: {
    append: (state, { ops }: { ops: readonly Append[] }, turn, earlier) => {
      let version = state.items.length;
      const decided = ops.map(({ opId, item }) => {
        const before = earlier(opId)?.reply as number | undefined;
        if (before !== undefined) return { place: before, events: [] };
        version += 1;
        return { place: version, events: [{ opId, event: { item }, reply: version }] };
      });
      return { events: decided.flatMap(({ events }) => events), reply: { version, places: decided.map(({ place }) => place) } satisfies Appended };
    },
    refuse: (state) => {
      throw new Refused(state.items.length);
    },
    // Says nothing: a reply that JSON leaves out.
    touch: () => ({ events: [], reply: undefined }),
  },
  queries: {
    list: (state): Listed => ({ version: state.items.length, items: [...state.items] }),
  },
};
