/** The page: log in, then the shell around the screens. Entry point of the bundle. */
import { ApiClient, BrowserOutput, Player } from "../../../client/index.ts";
import { sentence } from "./context.ts";
import { el } from "./dom.ts";
import { connectKeyboard } from "./keyboard.ts";
import { loginScreen } from "./login.ts";
import { connectMediaSession } from "./media-session.ts";
import { loadSettings } from "./settings.ts";
import { Shell } from "./shell.ts";
import { tapFromAddress } from "./tap.ts";
import { thisDeviceId } from "./this-device.ts";
import { browserTokens } from "./tokens.ts";

/** Set by the build: where worker and worklet are served. */
declare const WORKER_URL: string;
declare const WORKLET_URL: string;

const toastMs = 4_000;

const root = byId("app");
const api = new ApiClient({ baseUrl: "", tokens: browserTokens });
const ownId = thisDeviceId();
let shell: Shell | null = null;
const tap = tapFromAddress();
const output = new BrowserOutput({ workerUrl: WORKER_URL, workletUrl: WORKLET_URL, ...(tap === null ? {} : { tap }) });
const player = new Player({
  output,
  // "auto" grants every tier of the plan; which of them is fetched is the player's choice, chunk by chunk.
  grant: async (trackId) => api.play({ trackId, quality: "auto", deviceId: await ownId }),
  changed: () => shell?.playerChanged(),
});

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

/** `notice`: why, when it was not asked for. */
function showLogin(notice: string | null): void {
  const before = shell;
  shell = null;
  before?.close(notice === null);
  player.clear();
  root.replaceChildren(loginScreen(api, () => void showApp(), notice));
  document.title = "Ensemble";
}

async function showApp(): Promise<void> {
  const settings = loadSettings();
  player.setVolume(settings.volume);
  player.setQuality(settings.quality);
  player.setNormalised(settings.normalised);
  const deviceId = await ownId;
  if (!api.hasLogin) return;
  shell = new Shell({
    api, player, deviceId, toast,
    announce: (text) => {
      byId("live").textContent = text;
    },
    leave: () => void api.logout().then(() => showLogin(null)).catch((error: unknown) => toast(sentence(error))),
  });
  root.replaceChildren(...shell.elements);
  shell.start();
  // The engine is built at the first touch of the page, so that the first track need not wait for it.
  root.addEventListener("pointerdown", () => void output.warm().catch(() => {}), { once: true });
}

api.onLoggedOut = () => showLogin("Your session has ended. Log in again.");
// Keys are listened to once, whoever is logged in.
connectMediaSession(() => shell?.listening ?? null);
connectKeyboard(() => shell?.listening ?? null, () => shell?.search ?? null);

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
