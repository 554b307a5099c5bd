/** The page: log in, then the shell around the screens. Entry point of the bundle. */
import { ApiClient, BrowserOutput, Player, type PlayerState } from "../../../client/index.ts";
import type { PageContext } from "./context.ts";
import { sentence } from "./context.ts";
import { el, icon, iconButton, link } from "./dom.ts";
import { connectKeyboard } from "./keyboard.ts";
import { loginScreen, mark } from "./login.ts";
import { connectMediaSession, updateMediaSession } from "./media-session.ts";
import { PlayerBar } from "./player-bar.ts";
import { QueuePanel } from "./queue-panel.ts";
import { Router } from "./router.ts";
import { deviceId, loadSettings, saveSettings } from "./settings.ts";
import { tapFromAddress } from "./tap.ts";
import { browserTokens } from "./tokens.ts";

/** Set by the build: where worker and worklet are served. */
declare const WORKER_URL: string;
declare const WORKLET_URL: string;

/** Typing faster than this sends one request for several letters. */
const typingPauseMs = 90;
const toastMs = 4_000;

const root = byId("app");
const api = new ApiClient({ baseUrl: "", tokens: browserTokens });
let changed: (state: PlayerState) => void = () => {};
const tap = tapFromAddress();
const output = new BrowserOutput({ workerUrl: WORKER_URL, workletUrl: WORKLET_URL, ...(tap === null ? {} : { tap }) });
const player = new Player({
  output,
  // "auto" grants every tier of the plan; which of them is fetched is the player's choice, chunk by chunk.
  grant: (trackId) => api.play({ trackId, quality: "auto", deviceId: deviceId() }),
  changed: (state) => changed(state),
});
const context: PageContext = { api, player, toast };

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no #${id}`);
  return element;
}

function toast(text: string): void {
  const element = el("div", { class: "toast", text });
  byId("toasts").replaceChildren(element);
  setTimeout(() => element.remove(), toastMs);
}

function showLogin(notice: string | null): void {
  changed = () => {};
  player.clear();
  root.replaceChildren(loginScreen(api, showApp, notice));
  document.title = "Ensemble";
}

function showApp(): void {
  const main = el("main", { class: "main", attrs: { id: "main" } });
  const search = el("input", { class: "search-input", attrs: { type: "search", placeholder: "Search tracks, artists, albums", "aria-label": "Search", "aria-keyshortcuts": "/", autocomplete: "off", spellcheck: "false", maxlength: "200" } });
  const queue = new QueuePanel(context, () => toggleQueue(false));
  const bar = new PlayerBar(context, () => toggleQueue(queue.element.hidden !== false));
  const router = new Router(context, main, () => markPlaying(player.state));
  const toggleQueue = (open: boolean) => {
    queue.element.hidden = !open;
    bar.queueButton.setAttribute("aria-expanded", String(open));
    queue.opened(player.state);
  };
  const header = el(
    "header",
    { class: "top" },
    el("a", { class: "brand", attrs: { href: "#/", "aria-label": "Ensemble, home" } }, mark(), el("span", { text: "Ensemble" })),
    el("div", { class: "search", attrs: { role: "search" } }, icon("search"), search, el("kbd", { text: "/", attrs: { "aria-hidden": "true" } })),
    el("div", { class: "who" }, el("span", { class: "who-name", text: api.account?.username ?? "" }), iconButton("leave", "Log out", () => void api.logout().then(() => showLogin(null)).catch((error: unknown) => toast(sentence(error))))),
  );
  root.replaceChildren(link("#main", "Skip to the music", "skip"), header, el("div", { class: "body" }, main, queue.element), bar.element);

  let typing: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => router.search(search.value.trim()), typingPauseMs);
  });
  globalThis.addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#/search/")) search.value = "";
  });

  changed = (state) => {
    bar.update(state);
    queue.update(state);
    markPlaying(state);
    announce(state);
    updateMediaSession(api, player, state);
    saveSettings({ volume: state.volume, quality: state.quality, normalised: state.normalised });
  };
  const settings = loadSettings();
  player.setVolume(settings.volume);
  player.setQuality(settings.quality);
  player.setNormalised(settings.normalised);
  connectKeys(search);
  router.start();
  // The engine is built at the first touch of the page, so that the first track need not wait for it.
  root.addEventListener("pointerdown", () => void output.warm().catch(() => {}), { once: true });
  const frame = () => {
    if (!bar.element.isConnected) return;
    if (player.state.status === "playing") bar.tick();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

let searchField: HTMLInputElement | null = null;

/** Keys are listened to once; a second login brings a new search field. */
function connectKeys(search: HTMLInputElement): void {
  const first = searchField === null;
  searchField = search;
  if (!first) return;
  connectMediaSession(player);
  connectKeyboard(player, () => searchField);
}

/** Marks the row of the track that is playing, wherever it shows. */
function markPlaying({ item, status }: PlayerState): void {
  for (const row of document.querySelectorAll<HTMLElement>("[data-track]")) {
    const current = row.dataset["track"] === item?.track.id;
    row.classList.toggle("current", current);
    row.classList.toggle("sounding", current && status === "playing");
    if (current) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

let announced = "";

function announce({ item, status, error }: PlayerState): void {
  const text = status === "error" ? (error?.message ?? "") : status === "playing" && item !== null ? `Now playing: ${item.track.title} by ${item.track.artists.map(({ name }) => name).join(", ")}` : announced;
  if (text === announced) return;
  announced = text;
  byId("live").textContent = text;
  if (status === "error") toast(text);
}

api.onLoggedOut = () => showLogin("Your session has ended. Log in again.");

if (api.hasLogin) {
  api
    .resume()
    .then(showApp)
    .catch((error: unknown) => {
      // The service is away, not the login: what is kept may still be good.
      if (api.hasLogin) root.replaceChildren(el("div", { class: "empty" }, el("h1", { text: "Ensemble is not answering" }), el("p", { text: sentence(error) }), el("button", { class: "button primary", text: "Try again", attrs: { type: "button" }, on: { click: () => location.reload() } })));
    });
} else {
  showLogin(null);
}
