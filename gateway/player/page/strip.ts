/** The strip above the player bar: that the music plays on another device, or in a group, and the way back. */
import { el, icon, type IconName } from "./dom.ts";

export interface StripText {
  readonly icon: IconName;
  readonly text: string;
  readonly actions: readonly { readonly text: string; readonly press: () => void }[];
}

export class Strip {
  readonly element = el("section", { class: "strip", attrs: { "aria-label": "Where it plays", hidden: "" } });
  #drawn = "";

  /** Null: nothing to say. */
  show(strip: StripText | null): void {
    const key = strip === null ? "" : `${strip.icon} ${strip.text} ${strip.actions.map(({ text }) => text).join(" ")}`;
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.element.hidden = strip === null;
    if (strip === null) return;
    this.element.replaceChildren(
      icon(strip.icon),
      el("span", { class: "strip-text", text: strip.text, attrs: { role: "status" } }),
      ...strip.actions.map(({ text, press }) => el("button", { class: "button small", text, attrs: { type: "button" }, on: { click: press } })),
    );
  }
}
