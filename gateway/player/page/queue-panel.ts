/** The queue: what plays and what comes next, on whichever device; shuffle and repeat. */
import { art } from "./art.ts";
import { bars } from "./cards.ts";
import type { PageContext } from "./context.ts";
import { el, icon, iconButton } from "./dom.ts";
import { counted, time } from "./format.ts";
import type { Shown } from "./listening.ts";
import { panelOf, type Panel } from "./side.ts";

/** Longest part of a queue that is drawn. */
const shownItems = 200;

/** Repeat goes round: off, all, one. */
const after = { off: "all", all: "one", one: "off" } as const;
const repeatText = { off: "Repeat: off", all: "Repeat: the queue", one: "Repeat: this track" } as const;

/** Two buttons as they are in the bar and in the queue. */
export class OrderButtons {
  readonly shuffle: HTMLButtonElement;
  readonly repeat: HTMLButtonElement;

  constructor({ player }: PageContext) {
    this.shuffle = iconButton("shuffle", "Shuffle", () => player.setShuffle(!player.state.shuffle), "order");
    this.repeat = iconButton("repeat", repeatText.off, () => player.setRepeat(after[player.state.repeat]), "order");
  }

  update({ shuffle, repeat, inGroup }: Shown): void {
    this.shuffle.setAttribute("aria-pressed", String(shuffle));
    this.repeat.setAttribute("aria-pressed", String(repeat !== "off"));
    for (const button of [this.shuffle, this.repeat]) button.disabled = inGroup;
    if (this.repeat.title === repeatText[repeat]) return;
    this.repeat.title = repeatText[repeat];
    this.repeat.setAttribute("aria-label", repeatText[repeat]);
    this.repeat.replaceChildren(icon(repeat === "one" ? "repeatOne" : "repeat"));
  }
}

export class QueuePanel implements Panel {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #context: PageContext;
  readonly #order: OrderButtons;
  readonly #list = el("ol", { class: "queue-list" });
  readonly #count = el("p", { class: "panel-note" });
  #drawn: readonly unknown[] = [];

  constructor(context: PageContext, toggle: () => void) {
    this.#context = context;
    this.#order = new OrderButtons(context);
    this.button = iconButton("queue", "Queue", toggle);
    this.element = panelOf("Queue", "Close the queue", toggle, el("div", { class: "queue-tools" }, this.#count, this.#order.shuffle, this.#order.repeat), this.#list);
  }

  update(state: Shown): void {
    this.#order.update(state);
    if (this.element.hidden !== false) return;
    const drawn = [state.queue, state.index, state.mayControl, state.item?.id];
    if (drawn.every((part, at) => part === this.#drawn[at])) return;
    this.#drawn = drawn;
    this.#context.player.fetchTitles();
    const left = state.queue.length - state.index - 1;
    this.#count.textContent = state.queue.length === 0 ? "Nothing yet. Play an album, or add tracks to the queue." : left === 0 ? "The last track is playing." : `${counted(left, "track")} to come`;
    const first = Math.max(0, state.index);
    const focused = this.#list.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : null;
    this.#list.replaceChildren(...state.queue.slice(first, first + shownItems).map((item, at) => this.#row(item, at, state)));
    if (focused !== null && focused !== undefined) [...this.#list.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === focused)?.focus();
  }

  opened(): void {
    this.#drawn = [];
    this.update(this.#context.player.state);
  }

  #row({ id, track }: Shown["queue"][number], at: number, { index, mayControl }: Shown): HTMLElement {
    const { player, api } = this.#context;
    const current = at === 0 && index >= 0;
    return el(
      "li",
      { class: `queue-item${current ? " current" : ""}`, attrs: { "aria-current": current ? "true" : null } },
      el(
        "button",
        { class: "queue-play", attrs: { type: "button", "aria-label": `Play ${track.title}`, disabled: mayControl ? null : "" }, on: { click: () => player.select(id) } },
        art(api, { imageId: track.imageId, name: track.album.title, size: 40 }),
        el("span", { class: "queue-text" }, el("span", { class: "track-title", text: track.title }), el("span", { class: "track-artists", text: track.artists.map(({ name }) => name).join(", ") })),
      ),
      current ? bars() : el("time", { class: "track-time", text: track.durationMs > 0 ? time(track.durationMs) : "" }),
      current || !mayControl
        ? null
        : el(
            "span",
            { class: "queue-actions" },
            at === 1 ? null : iconButton("playNext", `Play ${track.title} next`, () => player.moveNext(id)),
            iconButton("close", `Remove ${track.title} from the queue`, () => player.remove(id)),
          ),
    );
  }
}
