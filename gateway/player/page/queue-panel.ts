/** The queue: what plays and what comes next. */
import type { PlayerState } from "../../../client/index.ts";
import { art } from "./art.ts";
import { bars } from "./cards.ts";
import type { PageContext } from "./context.ts";
import { el, iconButton } from "./dom.ts";
import { counted, time } from "./format.ts";

/** Longest part of a queue that is drawn. */
const shownItems = 200;

export class QueuePanel {
  readonly element: HTMLElement;
  readonly #context: PageContext;
  readonly #list = el("ol", { class: "queue-list" });
  readonly #count = el("p", { class: "queue-count" });
  #drawn = "";

  constructor(context: PageContext, close: () => void) {
    this.#context = context;
    this.element = el("aside", { class: "queue", attrs: { "aria-label": "Queue", hidden: "" } }, el("header", { class: "queue-head" }, el("h2", { text: "Queue" }), iconButton("close", "Close the queue", close)), this.#count, this.#list);
  }

  update(state: PlayerState): void {
    if (this.element.hidden !== false) return;
    const key = `${state.index} ${state.queue.map(({ id }) => id).join(" ")}`;
    if (key === this.#drawn) return;
    this.#drawn = key;
    const left = state.queue.length - state.index - 1;
    this.#count.textContent = state.queue.length === 0 ? "Nothing yet. Play an album, or add tracks to the queue." : left === 0 ? "The last track is playing." : `${counted(left, "track")} to come`;
    const first = Math.max(0, state.index);
    this.#list.replaceChildren(...state.queue.slice(first, first + shownItems).map((item, at) => this.#row(item, at === 0)));
  }

  /** Forgets what was drawn, so that opening draws anew. */
  opened(state: PlayerState): void {
    this.#drawn = "";
    this.update(state);
  }

  #row({ id, track }: PlayerState["queue"][number], current: boolean): HTMLElement {
    const { player, api } = this.#context;
    return el(
      "li",
      { class: `queue-item${current ? " current" : ""}`, attrs: { "aria-current": current ? "true" : null } },
      el(
        "button",
        { class: "queue-play", attrs: { type: "button", "aria-label": `Play ${track.title}` }, on: { click: () => player.select(id) } },
        art(api, { imageId: track.imageId, name: track.album.title, size: 40 }),
        el("span", { class: "queue-text" }, el("span", { class: "track-title", text: track.title }), el("span", { class: "track-artists", text: track.artists.map(({ name }) => name).join(", ") })),
      ),
      current ? bars() : el("time", { class: "track-time", text: time(track.durationMs) }),
      current ? null : iconButton("close", `Remove ${track.title} from the queue`, () => player.remove(id)),
    );
  }
}
