/** The place at the side where one panel at a time is open: queue, friends, listening together. */
import { el, iconButton, type Child } from "./dom.ts";

export interface Panel {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  /** It is shown from now on: to draw what may have changed meanwhile. */
  opened(): void;
}

/** The frame of a panel: its title, a way to close it, and what is below. */
export function panelOf(title: string, closeLabel: string, close: () => void, ...children: Child[]): HTMLElement {
  return el("aside", { class: "side-panel", attrs: { "aria-label": title, hidden: "" } }, el("header", { class: "panel-head" }, el("h2", { text: title }), iconButton("close", closeLabel, close)), ...children);
}

export class Side {
  readonly #panels: Panel[] = [];

  add(panel: Panel): void {
    this.#panels.push(panel);
    panel.button.setAttribute("aria-expanded", "false");
    panel.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      this.show(null);
      panel.button.focus();
    });
  }

  get elements(): HTMLElement[] {
    return this.#panels.map(({ element }) => element);
  }

  toggle(panel: Panel): void {
    this.show(panel.element.hidden === false ? null : panel);
  }

  show(panel: Panel | null): void {
    for (const one of this.#panels) {
      const isOpen = one === panel;
      one.element.hidden = !isOpen;
      one.button.setAttribute("aria-expanded", String(isOpen));
    }
    panel?.opened();
  }
}
