/** Addresses to screens: "#/album/ID" and its like. A newer navigation cancels the one before, with its requests. */
import { empty } from "./cards.ts";
import { sentence, type PageContext } from "./context.ts";
import { el } from "./dom.ts";
import { followView, joinView, type Social } from "./social-views.ts";
import { albumView, artistView, genreView, homeView, searchView, type View } from "./views.ts";

export class Router {
  readonly #context: PageContext;
  readonly #main: HTMLElement;
  readonly #shown: () => void;
  readonly #social: Social;
  readonly #onHash = () => void this.show();
  #loading = new AbortController();

  /** `shown` is called whenever a screen has been put up. */
  constructor(context: PageContext, main: HTMLElement, social: Social, shown: () => void) {
    this.#context = context;
    this.#social = social;
    this.#main = main;
    this.#shown = shown;
  }

  start(): void {
    globalThis.addEventListener("hashchange", this.#onHash);
    void this.show();
  }

  /** Another login makes another one. */
  stop(): void {
    globalThis.removeEventListener("hashchange", this.#onHash);
    this.#loading.abort();
  }

  /** Goes to the results of a search; while typing, the address changes in place. */
  search(q: string): void {
    const before = location.hash;
    const hash = q === "" ? "#/" : `#/search/${encodeURIComponent(q)}`;
    if (before === hash) return;
    if (before.startsWith("#/search/")) history.replaceState(null, "", hash);
    else history.pushState(null, "", hash);
    void this.show(true);
  }

  async show(typing: boolean = false): Promise<void> {
    this.#loading.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#main.setAttribute("aria-busy", "true");
    try {
      this.#put(await this.#view(loading.signal), typing, loading.signal);
    } catch (error) {
      if (loading.signal.aborted) return;
      const again = el("button", { class: "button", text: "Try again", attrs: { type: "button" }, on: { click: () => void this.show() } });
      this.#put({ title: "Ensemble", content: empty("This did not work", sentence(error), again) }, typing, loading.signal);
    }
  }

  #view(signal: AbortSignal): Promise<View> {
    const [, kind = "", rest = ""] = /^#\/([a-z]*)\/?(.*)$/.exec(location.hash) ?? [];
    const argument = decode(rest);
    switch (argument === "" ? "" : kind) {
      case "search":
        return searchView(this.#context, argument, signal);
      case "album":
        return albumView(this.#context, argument, signal);
      case "artist":
        return artistView(this.#context, argument, signal);
      case "genre":
        return genreView(this.#context, argument, signal);
      case "follow":
        return followView(this.#context, argument, this.#social, signal);
      case "join":
        return Promise.resolve(joinView(this.#context, argument, this.#social));
      default:
        return homeView(this.#context, signal);
    }
  }

  #put({ title, content }: View, typing: boolean, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#main.removeAttribute("aria-busy");
    this.#main.replaceChildren(content);
    document.title = title === "Ensemble" ? title : `${title} · Ensemble`;
    this.#shown();
    if (typing) return;
    this.#main.scrollTop = 0;
    // Screen readers and keyboards start at the new screen, not where the old link was.
    this.#main.querySelector<HTMLElement>("h1[tabindex]")?.focus({ preventScroll: true });
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
