/**
 * A copy of a playlist on a device: what the server has confirmed, and on top of it the edits that are still under way.
 *
 * The edits on top are an attempt (begin/rollback of the model): before an event of the server's is applied they are taken
 * back, afterwards they are decided again on what is there then. They show what will be; where they stand is the server's to say.
 */
import { applyPublic, applyToList, begin, itemsOf, listOf, PlaylistRefused, resolve, type ItemView, type List, type Meta, type Op, type PlaylistView, type PublicEvent } from "../../actors/playlist/model/index.ts";

export class PlaylistCopy {
  readonly #userId: string;
  #list: List;
  #version: number;
  #takeBack: (() => void) | null = null;
  /** Edits on top, oldest first. */
  #onTop: readonly Op[] = [];

  constructor(view: PlaylistView, userId: string) {
    this.#userId = userId;
    this.#list = listOf(view);
    this.#version = view.version;
  }

  /** Number of the last event of the server's that is in it. */
  get version(): number {
    return this.#version;
  }

  get meta(): Meta {
    return this.#list.meta;
  }

  /** The items in order. */
  items(): ItemView[] {
    return itemsOf(this.#list);
  }

  /** Latest hybrid time in it, ms. */
  get latestAt(): number {
    return this.#list.lastAt;
  }

  /** Puts one more edit on top. Throws PlaylistRefused when it cannot be; nothing changed then. */
  put(op: Op): void {
    this.#takeBack ??= begin(this.#list);
    this.#decide(op);
    this.#onTop = [...this.#onTop, op];
  }

  /** Takes over events of the server's, which follow its version without a gap; `onTop`: what is still under way. */
  follow(events: readonly PublicEvent[], onTop: readonly Op[]): void {
    this.#clear();
    for (const event of events) applyPublic(this.#list, event);
    this.#version = events.at(-1)?.version ?? this.#version;
    this.#putAll(onTop);
  }

  /** Starts again from an answer of the server's. */
  restart(view: PlaylistView, onTop: readonly Op[]): void {
    this.#clear();
    this.#list = listOf(view);
    this.#version = view.version;
    this.#putAll(onTop);
  }

  #clear(): void {
    this.#takeBack?.();
    this.#takeBack = null;
  }

  #putAll(ops: readonly Op[]): void {
    this.#onTop = ops;
    if (ops.length > 0) this.#takeBack = begin(this.#list);
    for (const op of ops) {
      try {
        this.#decide(op);
      } catch (error) {
        // What others did makes it impossible, or it is in the list already: the server will say.
        if (!(error instanceof PlaylistRefused)) throw error;
      }
    }
  }

  #decide(op: Op): void {
    const list = this.#list;
    const author = () => ({ by: this.#userId, now: op.at ?? 0, version: list.version + 1 });
    let resolved = resolve(list, op, author());
    if (resolved === "compact") {
      applyToList(list, { type: "compact" }, op.at ?? 0, list.version + 1);
      resolved = resolve(list, op, author());
    }
    if (resolved !== "compact") applyToList(list, resolved.event, op.at ?? 0, list.version + 1);
  }
}
