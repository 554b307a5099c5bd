/** The devices of the account: which one plays, listening here or there instead, and what this one is called. Opens above the player bar. */
import type { DeviceType, SessionDevice } from "../../../client/index.ts";
import { bars } from "./cards.ts";
import { sentence, type PageContext } from "./context.ts";
import { el, icon, iconButton, type IconName } from "./dom.ts";
import { ago } from "./format.ts";
import type { Shown } from "./listening.ts";

export interface DevicesMenuOptions {
  readonly context: PageContext;
  readonly ownId: () => string;
  readonly rename: (name: string) => Promise<void>;
}

const icons: Readonly<Record<DeviceType, IconName>> = { phone: "phone", tablet: "phone", desktop: "laptop", web: "laptop", speaker: "speaker", tv: "laptop", other: "speaker" };

export class DevicesMenu {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #options: DevicesMenuOptions;
  readonly #list = el("ul", { class: "device-list" });
  #drawn = "";
  #isRenaming = false;

  constructor(options: DevicesMenuOptions) {
    this.#options = options;
    this.button = iconButton("devices", "Devices", () => this.toggle());
    this.button.setAttribute("aria-haspopup", "dialog");
    this.button.setAttribute("aria-expanded", "false");
    this.element = el("div", { class: "menu devices", attrs: { role: "dialog", "aria-label": "Devices", hidden: "" } }, el("h2", { text: "Where to listen" }), this.#list, el("p", { class: "menu-note", text: "Open Ensemble on another device to see it here." }));
    document.addEventListener("pointerdown", (event) => {
      if (!this.#isOpen || !(event.target instanceof Node) || this.element.contains(event.target) || this.button.contains(event.target)) return;
      this.close();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#isRenaming) return;
      this.close();
      this.button.focus();
    });
  }

  get #isOpen(): boolean {
    return this.element.hidden === false;
  }

  toggle(): void {
    if (this.#isOpen) {
      this.close();
      return;
    }
    this.element.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.#drawn = "";
    this.update(this.#options.context.player.state);
    this.#list.querySelector<HTMLButtonElement>("button:not(:disabled)")?.focus();
  }

  close(): void {
    this.element.hidden = true;
    this.#isRenaming = false;
    this.button.setAttribute("aria-expanded", "false");
  }

  update(state: Shown): void {
    this.button.classList.toggle("lit", state.elsewhere !== null);
    if (!this.#isOpen || this.#isRenaming) return;
    const ownId = this.#options.ownId();
    const others = state.devices.filter(({ deviceId }) => deviceId !== ownId).toSorted((a, b) => Number(b.isOnline) - Number(a.isOnline) || b.lastSeenAt - a.lastSeenAt);
    const own = state.devices.find(({ deviceId }) => deviceId === ownId);
    const devices = own === undefined ? others : [own, ...others];
    const key = JSON.stringify([state.elsewhere?.deviceId, state.status === "playing", state.inGroup, devices.map(({ deviceId, name, isOnline }) => [deviceId, name, isOnline])]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#list.replaceChildren(...devices.map((device) => this.#row(device, state, device.deviceId === ownId)));
  }

  #row(device: SessionDevice, state: Shown, isOwn: boolean): HTMLElement {
    const isActive = isOwn ? state.elsewhere === null : state.elsewhere?.deviceId === device.deviceId;
    const can = isOwn ? "Listen here" : device.isOnline ? "Listen there" : `Seen ${ago(Date.now() - device.lastSeenAt)}`;
    const does = state.status === "playing" ? "Playing" : isOwn ? "Ready to play" : "Paused";
    const says = `${isOwn ? "This device · " : ""}${isActive ? does : can}`;
    const pick = el(
      "button",
      { class: "device-pick", attrs: { type: "button", disabled: isActive || state.inGroup || (!device.isOnline && !isOwn) ? "" : null, "aria-current": isActive ? "true" : null }, on: { click: () => this.#pick(device.deviceId) } },
      icon(icons[device.type]),
      el("span", { class: "device-text" }, el("span", { class: "device-name", text: device.name }), el("span", { class: "device-says", text: says })),
      isActive && state.status === "playing" ? bars() : null,
    );
    const rename = isOwn ? iconButton("pen", "Rename this device", () => this.#rename(device, row)) : null;
    const row = el("li", { class: `device${isActive ? " active" : ""}` }, pick, rename);
    return row;
  }

  #pick(deviceId: string): void {
    this.#options.context.player.transfer(deviceId);
    this.close();
  }

  #rename({ name }: SessionDevice, row: HTMLElement): void {
    this.#isRenaming = true;
    const input = el("input", { class: "text-input", attrs: { type: "text", "aria-label": "Name of this device", maxlength: "100", value: name } });
    const done = () => {
      this.#isRenaming = false;
      this.#drawn = "";
      this.update(this.#options.context.player.state);
    };
    const form = el("form", { class: "inline-form" }, input, el("button", { class: "button small primary", text: "Save", attrs: { type: "submit" } }));
    const save = async () => {
      try {
        await this.#options.rename(input.value.trim());
        done();
      } catch (error) {
        this.#options.context.toast(sentence(error));
      }
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim() !== "") void save();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done();
    });
    row.replaceChildren(form);
    input.select();
  }
}
