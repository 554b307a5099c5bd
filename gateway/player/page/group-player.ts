/** The page's player as a group needs it: started at an exact time. */
import type { GroupPlayer, HeardNow, Played, Player, QueueItem, Track } from "../../../client/index.ts";

export class GroupOnPlayer implements GroupPlayer {
  readonly #player: Player;
  readonly #trackOf: (trackId: string) => Track;

  constructor(player: Player, trackOf: (trackId: string) => Track) {
    this.#player = player;
    this.#trackOf = trackOf;
  }

  heard(): HeardNow | null {
    return this.#player.sounding;
  }

  trouble(itemId: string): "refused" | "failed" | null {
    const { item, error } = this.#player.state;
    if (error === null || item?.id !== itemId) return null;
    return error.code === "REFUSED" || error.code === "MISSING" ? "refused" : "failed";
  }

  start(item: Played, positionMs: number, atMs: number, next: Played | null): void {
    this.#player.startAt(this.#items(item, next), 0, positionMs, atMs);
  }

  setNext(after: string, next: Played | null): void {
    const { queue, index } = this.#player.state;
    const at = queue.findIndex(({ id }) => id === after);
    if (at < index || index < 0) return;
    this.#player.follow([...queue.slice(index, at + 1), ...(next === null ? [] : [this.#item(next)])], 0, { positionMs: 0, playing: true });
  }

  hold(item: Played, positionMs: number, next: Played | null): void {
    this.#player.pause();
    this.#player.follow([], -1, { positionMs: 0, playing: false });
    this.#player.follow(this.#items(item, next), 0, { positionMs, playing: false });
  }

  stop(): void {
    this.#player.pause();
    this.#player.follow([], -1, { positionMs: 0, playing: false });
  }

  #items(item: Played, next: Played | null): QueueItem[] {
    return [item, ...(next === null ? [] : [next])].map((one) => this.#item(one));
  }

  #item({ itemId, trackId }: Played): QueueItem {
    return { id: itemId, track: this.#trackOf(trackId) };
  }
}
