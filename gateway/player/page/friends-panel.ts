/** Friends: whom one follows and what they play now; following somebody; what one shows of oneself. */
import type { Friend, FriendActivity, LiveSubscription, Sharing } from "../../../client/index.ts";
import { art } from "./art.ts";
import { bars } from "./cards.ts";
import { sentence, type PageContext } from "./context.ts";
import { copied, el, icon, iconButton, toggleSwitch } from "./dom.ts";
import { ago, hueOf, initials, time } from "./format.ts";
import type { Live } from "./live.ts";
import { panelOf, type Panel } from "./side.ts";

/** Friends that are shown. */
const most = 100;
/** How often ages are written anew, and those read who are not pushed, while the panel is open. */
const redrawMs = 5_000;
const readMs = 60_000;

export class FriendsPanel implements Panel {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #context: PageContext;
  readonly #live: Live;
  readonly #list = el("ul", { class: "friend-list" });
  readonly #note = el("p", { class: "panel-note", attrs: { role: "status" } });
  readonly #share = toggleSwitch("Share what I listen to", "Those who follow you see what you play.", (on) => void this.#setShare(on));
  readonly #private = toggleSwitch("Private session", "Nobody sees what you play, for six hours.", (on) => this.#context.player.setPrivate(on));
  readonly #watch: LiveSubscription;
  readonly #timers: ReturnType<typeof setInterval>[];
  #friends = new Map<string, Friend>();
  #activity: ReadonlyMap<string, FriendActivity> = new Map();
  #reading: Promise<void> | null = null;
  #hasRead = false;
  #drawn = "";

  constructor(context: PageContext, live: Live, toggle: () => void) {
    this.#context = context;
    this.#live = live;
    this.button = iconButton("friends", "Friends", toggle);
    const name = el("input", { class: "text-input", attrs: { type: "text", "aria-label": "Name of a listener", placeholder: "Name of a listener", maxlength: "32", autocomplete: "off", autocapitalize: "none", spellcheck: "false" } });
    const form = el("form", { class: "inline-form" }, name, el("button", { class: "button small", text: "Follow", attrs: { type: "submit" } }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wanted = name.value.trim();
      if (wanted !== "") void this.#follow(wanted).then((isDone) => isDone && form.reset());
    });
    const link = el("button", { class: "text-button", attrs: { type: "button" }, on: { click: () => void this.#copyLink() } }, icon("copy"), "Copy my link");
    this.element = panelOf("Friends", "Close friends", toggle, form, el("div", { class: "panel-row" }, link), this.#note, this.#list, el("div", { class: "panel-foot" }, this.#share.element, this.#private.element));
    this.#watch = live.socket.watchFriends({
      onFriends: (friends) => {
        this.#activity = friends;
        if ([...friends.keys()].some((userId) => !this.#friends.has(userId))) void this.#read();
        this.#draw();
      },
    });
    this.#timers = [setInterval(() => this.#draw(), redrawMs), setInterval(() => this.#isOpen && void this.#read(), readMs)];
    void this.#read();
  }

  get #isOpen(): boolean {
    return this.element.hidden === false;
  }

  opened(): void {
    this.#drawn = "";
    this.#draw();
    void this.#read();
    this.#context.api.social.sharing().then((sharing) => this.#showSharing(sharing), () => undefined);
  }

  /** The session may be private by what another device did. */
  update({ isPrivate }: { readonly isPrivate: boolean }): void {
    this.#private.set(isPrivate);
  }

  /** Whom one follows is another now. */
  async reload(): Promise<void> {
    await this.#read();
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#watch.end();
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    try {
      const { items } = await this.#context.api.social.friends({ limit: most });
      this.#friends = new Map(items.map((friend) => [friend.userId, friend]));
      this.#hasRead = true;
      this.#draw();
    } catch {
      // What is shown stays; it is read again.
    }
  }

  async #follow(username: string): Promise<boolean> {
    const { api, toast } = this.#context;
    try {
      const found = await api.findAccount(username);
      await api.social.follow(found.id);
      toast(`You follow ${found.username}`);
      await this.#read();
      return true;
    } catch (error) {
      toast((error as { status?: number }).status === 404 ? `Nobody here is called “${username}”` : sentence(error));
      return false;
    }
  }

  async #unfollow({ userId, username }: Friend): Promise<void> {
    const { api, toast } = this.#context;
    try {
      await api.social.unfollow(userId);
      this.#friends.delete(userId);
      this.#draw();
      toast(`You follow ${username ?? "this listener"} no more`);
    } catch (error) {
      toast(sentence(error));
    }
  }

  async #copyLink(): Promise<void> {
    const { api, toast } = this.#context;
    const address = `${location.origin}/#/follow/${api.account?.id ?? ""}`;
    toast((await copied(address)) ? "Your link is copied. Who opens it may follow you." : address);
  }

  async #setShare(share: boolean): Promise<void> {
    const { api, toast } = this.#context;
    try {
      this.#showSharing(await api.social.setSharing({ share }));
    } catch (error) {
      this.#share.set(!share);
      toast(sentence(error));
    }
  }

  #showSharing({ share }: Sharing): void {
    this.#share.set(share);
  }

  #draw(): void {
    if (!this.#isOpen) return;
    const now = this.#live.clock.now() ?? Date.now();
    const friends = [...this.#friends.values()].map((friend) => ({ ...friend, ...this.#activity.get(friend.userId) })).toSorted((a, b) => Number(b.nowPlaying !== null) - Number(a.nowPlaying !== null) || b.at - a.at);
    this.#note.textContent = this.#hasRead && friends.length === 0 ? "You follow nobody yet. Follow somebody by name, or send your link to a friend." : "";
    const key = JSON.stringify(friends.map(({ userId, username, nowPlaying, at }) => [userId, username, nowPlaying?.trackId, this.#says(nowPlaying, at, now)]));
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = this.#list.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : null;
    this.#list.replaceChildren(...friends.map((friend) => this.#row(friend, now)));
    if (focused !== null && focused !== undefined) [...this.#list.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === focused)?.focus();
  }

  #says(nowPlaying: Friend["nowPlaying"], at: number, now: number): string {
    if (nowPlaying === null) return at === 0 ? "Not listening" : `Stopped ${ago(now - at)}`;
    const minutes = Math.floor((now - at) / 60_000);
    return minutes < 1 ? "now" : `${minutes} min`;
  }

  #row(friend: Friend, now: number): HTMLElement {
    const { api } = this.#context;
    const { nowPlaying, at } = friend;
    const name = friend.username ?? "Somebody who left";
    const face = el("span", { class: "face", attrs: { "aria-hidden": "true" }, text: initials(name) });
    face.style.setProperty("--hue", String(hueOf(name)));
    const unfollow = iconButton("close", `Unfollow ${name}`, () => void this.#unfollow(friend));
    if (nowPlaying === null) return el("li", { class: "friend" }, el("div", { class: "friend-main" }, face, el("span", { class: "friend-text" }, el("span", { class: "friend-name", text: name }), el("span", { class: "friend-says", text: this.#says(null, at, now) }))), unfollow);
    const artists = nowPlaying.artists.join(", ");
    return el(
      "li",
      { class: "friend live" },
      el(
        "button",
        { class: "friend-main", attrs: { type: "button", "aria-label": `${name} plays ${nowPlaying.title} by ${artists}: play it` }, on: { click: () => void this.#play(nowPlaying.trackId) } },
        el("span", { class: "friend-art" }, art(api, { imageId: nowPlaying.imageId, name: nowPlaying.title, size: 48 }), face),
        el("span", { class: "friend-text" }, el("span", { class: "friend-name" }, name, bars(), el("span", { class: "friend-age", text: this.#says(nowPlaying, at, now) })), el("span", { class: "friend-track", text: nowPlaying.title }), el("span", { class: "friend-says", text: `${artists} · ${time(nowPlaying.durationMs)}` })),
      ),
      unfollow,
    );
  }

  async #play(trackId: string): Promise<void> {
    const { api, player, toast } = this.#context;
    player.unlock();
    try {
      player.play([await api.track(trackId)]);
    } catch (error) {
      toast(sentence(error));
    }
  }
}
