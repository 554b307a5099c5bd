/** What a login shows: header, screens, panels, the player bar; and what goes on behind them. Made anew with each login, ended with it. */
import { ApiError, type ApiClient, type Player, type SessionWish } from "../../../client/index.ts";
import { sentence, type PageContext } from "./context.ts";
import { DevicesMenu } from "./devices-menu.ts";
import { el, icon, iconButton, link } from "./dom.ts";
import { FriendsPanel } from "./friends-panel.ts";
import { GroupOnPlayer } from "./group-player.ts";
import { keep, keptText } from "./kept.ts";
import { Listening, type Shown } from "./listening.ts";
import { Live } from "./live.ts";
import { mark } from "./login.ts";
import { updateMediaSession } from "./media-session.ts";
import { PlayerBar } from "./player-bar.ts";
import { QueuePanel } from "./queue-panel.ts";
import { Router } from "./router.ts";
import { saveSettings } from "./settings.ts";
import { Side } from "./side.ts";
import { Strip, type StripText } from "./strip.ts";
import { deviceName, deviceType } from "./this-device.ts";
import { Together } from "./together.ts";
import { TogetherPanel } from "./together-panel.ts";

/** Typing faster than this sends one request for several letters. */
const typingPauseMs = 90;
const nameKept = (deviceId: string) => `ensemble.deviceName.${deviceId}`;

export interface ShellOptions {
  readonly api: ApiClient;
  readonly player: Player;
  readonly deviceId: string;
  readonly toast: (text: string) => void;
  readonly leave: () => void;
  /** Told aloud to those who do not see the page. */
  readonly announce: (text: string) => void;
}

export class Shell {
  readonly elements: readonly HTMLElement[];
  readonly listening: Listening;
  readonly search: HTMLInputElement;
  readonly #options: ShellOptions;
  readonly #live: Live;
  readonly #together: Together;
  readonly #router: Router;
  readonly #bar: PlayerBar;
  readonly #queue: QueuePanel;
  readonly #friends: FriendsPanel;
  readonly #togetherPanel: TogetherPanel;
  readonly #devices: DevicesMenu;
  readonly #strip = new Strip();
  readonly #onHash = () => {
    if (!location.hash.startsWith("#/search/")) this.search.value = "";
  };
  #announced = "";
  #isNamed = false;
  #isDue = false;
  #isOpen = true;

  constructor(options: ShellOptions) {
    const { api, player, deviceId, toast } = options;
    this.#options = options;
    const later = () => this.#updateSoon();
    this.#live = new Live({
      api, player, userId: api.account?.id ?? "",
      device: { deviceId, name: keptText(nameKept(deviceId)) ?? deviceName(), type: deviceType() },
      changed: later,
      refused: (error, wish) => this.#refused(error, wish),
      blocked: () => toast("Press play to listen here"),
    });
    this.#together = new Together({ api, live: this.#live, player: new GroupOnPlayer(player, (trackId) => this.#live.tracks.get(trackId)), playing: () => player.state, changed: later, toast });
    this.listening = new Listening(player, this.#live, this.#together);
    const context: PageContext = { api, player: this.listening, toast };

    const side = new Side();
    this.#queue = new QueuePanel(context, () => side.toggle(this.#queue));
    this.#friends = new FriendsPanel(context, this.#live, () => side.toggle(this.#friends));
    this.#togetherPanel = new TogetherPanel(context, this.#together, () => side.toggle(this.#togetherPanel));
    for (const panel of [this.#queue, this.#friends, this.#togetherPanel]) side.add(panel);
    this.#devices = new DevicesMenu({ context, ownId: () => deviceId, rename: (name) => this.#rename(name) });
    this.#bar = new PlayerBar(context, this.#devices.button, this.#queue.button);

    const main = el("main", { class: "main", attrs: { id: "main" } });
    this.#router = new Router(context, main, { together: this.#together, openTogether: () => side.show(this.#togetherPanel), openFriends: () => side.show(this.#friends) }, () => markPlaying(this.listening.state));
    this.search = this.#searchField();
    const header = el(
      "header",
      { class: "top" },
      el("a", { class: "brand", attrs: { href: "#/", "aria-label": "Ensemble, home" } }, mark(), el("span", { text: "Ensemble" })),
      el("div", { class: "search", attrs: { role: "search" } }, icon("search"), this.search, el("kbd", { text: "/", attrs: { "aria-hidden": "true" } })),
      el("div", { class: "who" }, this.#togetherPanel.button, this.#friends.button, el("span", { class: "who-name", text: api.account?.username ?? "" }), iconButton("leave", "Log out", () => options.leave())),
    );
    this.elements = [link("#main", "Skip to the music", "skip"), header, el("div", { class: "body" }, main, ...side.elements), this.#strip.element, this.#bar.element, this.#devices.element];
  }

  /** To be called when the elements are in the page. */
  start(): void {
    globalThis.addEventListener("hashchange", this.#onHash);
    this.#router.start();
    this.#together.resume().catch(() => undefined);
    this.#update();
    const frame = () => {
      if (!this.#isOpen) return;
      if (this.listening.isMoving) this.#bar.tick();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** `forgets`: somebody else may use this browser next. */
  close(forgets: boolean): void {
    this.#isOpen = false;
    globalThis.removeEventListener("hashchange", this.#onHash);
    this.#router.stop();
    this.#friends.close();
    this.#together.close();
    this.#live.close(forgets);
  }

  playerChanged(): void {
    this.#live.link.playerChanged();
    this.#updateSoon();
  }

  #searchField(): HTMLInputElement {
    const search = el("input", { class: "search-input", attrs: { type: "search", placeholder: "Search tracks, artists, albums", "aria-label": "Search", "aria-keyshortcuts": "/", autocomplete: "off", spellcheck: "false", maxlength: "200" } });
    let typing: ReturnType<typeof setTimeout> | undefined;
    search.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.#router.search(search.value.trim()), typingPauseMs);
    });
    return search;
  }

  /** Several changes of one moment are drawn once. */
  #updateSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (this.#isOpen) this.#update();
    });
  }

  #update(): void {
    const { api, player } = this.#options;
    const { listening } = this;
    const state = listening.state;
    this.#bar.update(state);
    this.#queue.update(state);
    this.#devices.update(state);
    this.#nameApart(state);
    this.#friends.update(state);
    this.#togetherPanel.update();
    this.#strip.show(this.#stripOf(state));
    if (state.item !== null && state.item.track.album.id === "") listening.fetchTitles();
    markPlaying(state);
    this.#announce(state);
    updateMediaSession(api, listening, state);
    const { volume, quality, normalised } = player.state;
    saveSettings({ volume, quality, normalised });
  }

  #stripOf(state: Shown): StripText | null {
    const { group } = this.#together;
    if (group !== null) {
      const others = group.members.length - 1 + group.listenerCount;
      const who = others === 0 ? "Nobody has joined yet" : `With ${others === 1 ? "one other" : `${others} others`}`;
      return { icon: "together", text: `Listening together. ${who}`, actions: [...(this.#together.isMute ? [{ text: "Listen", press: () => this.listening.resume() }] : []), { text: "Leave", press: () => void this.#together.leave() }] };
    }
    if (state.elsewhere === null || state.item === null) return null;
    const { name } = state.elsewhere;
    const ownId = this.#options.deviceId;
    return { icon: "devices", text: state.status === "playing" ? `Playing on ${name}` : `Paused on ${name}`, actions: [{ text: "Listen here", press: () => this.listening.transfer(ownId) }] };
  }

  #announce({ item, status, error, elsewhere }: Shown): void {
    const where = elsewhere === null ? "" : ` on ${elsewhere.name}`;
    const known = item !== null && item.track.album.id !== "";
    const text = status === "error" ? (error?.message ?? "") : status === "playing" && known ? `Now playing${where}: ${item.track.title} by ${item.track.artists.map(({ name }) => name).join(", ")}` : this.#announced;
    if (text === this.#announced) return;
    this.#announced = text;
    this.#options.announce(text);
    if (status === "error") this.#options.toast(text);
  }

  #refused(error: unknown, wish: SessionWish): void {
    const { toast } = this.#options;
    const isOther = error instanceof ApiError && error.code === "OTHER_DEVICE_PLAYING" && wish.type === "list";
    const { elsewhere } = this.#live.link;
    toast(isOther && elsewhere !== null ? `${elsewhere.name} is playing. Choose “Listen here” first.` : sentence(error));
  }

  /** Two browsers of one kind have one name: who comes second, and was not named by anybody, takes a number. */
  #nameApart({ devices }: Shown): void {
    const { deviceId } = this.#options;
    const own = devices.find((device) => device.deviceId === deviceId);
    if (this.#isNamed || own === undefined) return;
    this.#isNamed = true;
    const taken = new Set(devices.filter((device) => device !== own).map(({ name }) => name));
    if (!taken.has(own.name) || keptText(nameKept(deviceId)) !== null) return;
    let number = 2;
    while (taken.has(`${own.name} ${number}`)) number += 1;
    this.#rename(`${own.name} ${number}`).catch(() => undefined);
  }

  async #rename(name: string): Promise<void> {
    await this.#live.link.rename(name);
    keep(nameKept(this.#options.deviceId), name);
  }
}

/** Marks the row of the track that is playing, wherever it shows. */
function markPlaying({ item, status }: Shown): void {
  for (const row of document.querySelectorAll<HTMLElement>("[data-track]")) {
    const current = row.dataset["track"] === item?.track.id;
    row.classList.toggle("current", current);
    row.classList.toggle("sounding", current && status === "playing");
    if (current) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}
