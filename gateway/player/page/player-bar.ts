/** The player bar: what plays, the controls, the seek bar, quality and volume. Built once; `update` and `tick` change it. */
import type { Quality } from "../../../client/index.ts";
import { art } from "./art.ts";
import type { PageContext } from "./context.ts";
import { el, icon, iconButton, link, separated } from "./dom.ts";
import { qualityText, time } from "./format.ts";
import type { Shown } from "./listening.ts";
import { OrderButtons } from "./queue-panel.ts";

const qualities: readonly (readonly [Quality, string])[] = [["auto", "Auto"], ["96", "96"], ["160", "160"], ["320", "320"], ["flac", "Lossless"]];

export class PlayerBar {
  readonly element: HTMLElement;
  readonly #context: PageContext;
  readonly #now = el("div", { class: "now" });
  readonly #toggle: HTMLButtonElement;
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  readonly #seek = el("input", { class: "range seek", attrs: { type: "range", min: "0", max: "0", value: "0", step: "1", "aria-label": "Position" } });
  readonly #elapsed = el("span", { class: "time", text: "0:00" });
  readonly #length = el("span", { class: "time", text: "0:00" });
  readonly #quality = el("select", { class: "quality", title: "Quality", attrs: { "aria-label": "Quality" } });
  readonly #heard = el("span", { class: "heard", attrs: { "data-heard": "" } });
  readonly #normalise: HTMLButtonElement;
  readonly #mute: HTMLButtonElement;
  readonly #volume = el("input", { class: "range volume", attrs: { type: "range", min: "0", max: "100", value: "100", "aria-label": "Volume" } });
  readonly #order: OrderButtons;
  #shownItem = "";
  #seeking = false;
  #unmuted = 1;

  /** `buttons` stand at the end: devices, queue. */
  constructor(context: PageContext, ...buttons: readonly HTMLButtonElement[]) {
    const { player } = context;
    this.#context = context;
    this.#toggle = iconButton("play", "Play", () => player.toggle(), "toggle");
    this.#previous = iconButton("previous", "Previous", () => player.previous());
    this.#next = iconButton("next", "Next", () => player.next());
    this.#normalise = iconButton("level", "Even loudness", () => player.setNormalised(!player.state.normalised), "extra");
    this.#mute = iconButton("volume", "Mute", () => this.#toggleMute(), "extra");
    this.#order = new OrderButtons(context);
    this.#quality.append(...qualities.map(([value, text]) => el("option", { text, attrs: { value } })));
    this.#quality.addEventListener("change", () => player.setQuality(this.#quality.value as Quality));
    this.#wireSeek();
    this.#volume.addEventListener("input", () => player.setVolume(fromSlider(Number(this.#volume.value))));
    this.element = el(
      "footer",
      { class: "bar", attrs: { "aria-label": "Player" } },
      this.#now,
      el("div", { class: "centre" }, el("div", { class: "controls" }, this.#order.shuffle, this.#previous, this.#toggle, this.#next, this.#order.repeat), el("div", { class: "progress" }, this.#elapsed, this.#seek, this.#length)),
      el("div", { class: "side" }, el("div", { class: "quality-box" }, this.#quality, this.#heard), this.#normalise, el("div", { class: "volume-box" }, this.#mute, this.#volume), ...buttons),
    );
  }

  update(state: Shown): void {
    const { item, status, mayControl } = state;
    this.#order.update(state);
    this.element.dataset["status"] = status;
    const sounding = status === "playing" || status === "loading" || status === "buffering";
    const label = sounding ? "Pause" : status === "error" ? "Try again" : "Play";
    this.#toggle.replaceChildren(icon(sounding ? "pause" : "play"));
    this.#toggle.setAttribute("aria-label", label);
    this.#toggle.title = label;
    for (const button of [this.#toggle, this.#previous]) button.disabled = item === null || !mayControl;
    this.#next.disabled = !state.hasNext || !mayControl;
    this.#seek.disabled = item === null || !mayControl;
    this.#showItem(state);
    this.#quality.value = state.quality;
    for (const option of this.#quality.options) {
      const barred = state.available !== null && option.value !== "auto" && !state.available.some((tier) => tier === option.value);
      option.disabled = barred;
      option.textContent = `${qualities.find(([value]) => value === option.value)?.[1] ?? option.value}${barred ? " (not available)" : ""}`;
    }
    this.#heard.textContent = status === "buffering" ? "Buffering…" : qualityText(state.tier, state.kbps);
    this.#normalise.setAttribute("aria-pressed", String(state.normalised));
    this.#volume.value = String(toSlider(state.volume));
    fill(this.#volume);
    this.#mute.replaceChildren(icon(state.volume === 0 ? "muted" : "volume"));
    this.#mute.setAttribute("aria-label", state.volume === 0 ? "Unmute" : "Mute");
    this.tick();
  }

  /** Shows the position; called many times a second while music plays. */
  tick(): void {
    if (this.#seeking) return;
    const position = this.#context.player.positionMs;
    this.#seek.value = String(Math.round(position));
    this.#showPosition(position);
  }

  #showPosition(position: number): void {
    fill(this.#seek);
    const text = time(position);
    if (this.#elapsed.textContent === text) return;
    this.#elapsed.textContent = text;
    this.#seek.setAttribute("aria-valuetext", `${text} of ${this.#length.textContent}`);
  }

  #showItem({ item, status, error }: Shown): void {
    const key = `${item?.id ?? ""} ${item?.track.title ?? ""} ${error?.message ?? ""} ${status === "error"}`;
    if (key === this.#shownItem) return;
    this.#shownItem = key;
    if (item === null) {
      this.#now.replaceChildren(el("div", { class: "now-text" }, el("span", { class: "now-title muted", text: "Nothing is playing" })));
      this.#seek.max = "0";
      return;
    }
    const { track } = item;
    this.#seek.max = String(track.durationMs);
    this.#length.textContent = time(track.durationMs);
    this.#now.replaceChildren(
      el("a", { attrs: { href: `#/album/${track.album.id}`, "aria-label": `Album ${track.album.title}` } }, art(this.#context.api, { imageId: track.imageId, name: track.album.title, size: 56 })),
      el(
        "div",
        { class: "now-text" },
        link(`#/album/${track.album.id}`, track.title, "now-title"),
        status === "error" ? el("span", { class: "now-error", text: error?.message ?? "This cannot be played." }) : el("span", { class: "now-artists" }, ...separated(track.artists.map(({ id, name }) => link(`#/artist/${id}`, name)), ", ")),
      ),
    );
  }

  #wireSeek(): void {
    this.#seek.addEventListener("input", () => {
      this.#seeking = true;
      this.#showPosition(Number(this.#seek.value));
    });
    this.#seek.addEventListener("change", () => {
      this.#seeking = false;
      this.#context.player.seek(Number(this.#seek.value));
    });
    this.#seek.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -5_000, ArrowRight: 5_000, ArrowDown: -5_000, ArrowUp: 5_000, PageDown: -30_000, PageUp: 30_000 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#context.player.seek(this.#context.player.positionMs + step);
    });
  }

  #toggleMute(): void {
    const { player } = this.#context;
    const { volume } = player.state;
    if (volume > 0) this.#unmuted = volume;
    player.setVolume(volume > 0 ? 0 : this.#unmuted);
  }
}

/** Hearing is not linear: the slider's middle is a quarter of the amplitude. */
function fromSlider(value: number): number {
  return (value / 100) ** 2;
}

function toSlider(volume: number): number {
  return Math.round(Math.sqrt(volume) * 100);
}

function fill(range: HTMLInputElement): void {
  const max = Number(range.max);
  range.style.setProperty("--filled", `${max === 0 ? 0 : (Number(range.value) / max) * 100}%`);
}
