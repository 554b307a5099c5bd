/** Listening together: start a group, join one by its code, see who is there, hand over, leave. */
import type { Group, SyncState } from "../../../client/index.ts";
import { sentence, type PageContext } from "./context.ts";
import { copied, el, icon, iconButton, type Child } from "./dom.ts";
import { counted, hueOf, initials } from "./format.ts";
import { panelOf, type Panel } from "./side.ts";
import type { Together } from "./together.ts";

const says: Readonly<Record<SyncState["status"], string>> = {
  idle: "Nothing plays. Choose something: everybody hears it.",
  waiting: "Getting ready…",
  starting: "Getting ready…",
  paused: "Paused for everybody.",
  together: "You all hear the same, at the same time.",
  silent: "You may not hear this track where you are. You come in with the next one.",
  failed: "This track cannot be played here at the moment.",
};

export class TogetherPanel implements Panel {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #context: PageContext;
  readonly #together: Together;
  readonly #body = el("div", { class: "panel-body" });
  #drawn = "";

  constructor(context: PageContext, together: Together, toggle: () => void) {
    this.#context = context;
    this.#together = together;
    this.button = iconButton("together", "Listen together", toggle);
    this.element = panelOf("Listen together", "Close listening together", toggle, this.#body);
  }

  opened(): void {
    this.#drawn = "";
    this.update();
  }

  update(): void {
    const { group, synced, isHost, isMute, listensOnly } = this.#together;
    this.button.classList.toggle("lit", group !== null);
    if (this.element.hidden !== false) return;
    const key = group === null ? "none" : JSON.stringify([group.groupId, group.code, group.link, group.hostId, group.control, group.members, group.listenerCount, synced.status, isHost, isMute, listensOnly]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = this.#body.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : null;
    this.#body.replaceChildren(...(group === null ? this.#outside() : this.#inside(group)).filter((child) => child instanceof Node));
    if (focused !== null && focused !== undefined) [...this.#body.querySelectorAll<HTMLElement>("button, select, input")].find((one) => one.getAttribute("aria-label") === focused)?.focus();
  }

  #outside(): Child[] {
    const code = el("input", { class: "text-input code-input", attrs: { type: "text", "aria-label": "Code of a group", placeholder: "Code", maxlength: "12", autocomplete: "off", autocapitalize: "characters", spellcheck: "false" } });
    const only = el("input", { attrs: { type: "checkbox", id: "only-listen" } });
    const form = el("form", { class: "inline-form" }, code, el("button", { class: "button small", text: "Join", attrs: { type: "submit" } }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (code.value.trim() !== "") void this.#try(() => this.#together.joinByCode(code.value.trim(), only.checked));
    });
    return [
      el("p", { class: "panel-text", text: "Hear the same music at the same moment, wherever you are. What plays here goes on, for everybody who joins." }),
      el("button", { class: "button primary wide", attrs: { type: "button" }, on: { click: () => void this.#try(() => this.#together.start()) } }, icon("together"), "Start listening together"),
      el("h3", { text: "Have you got a code?" }),
      form,
      el("label", { class: "check", attrs: { for: "only-listen" } }, only, "Only listen, and control nothing"),
    ];
  }

  #inside(group: Group): Child[] {
    const { isHost, isMute, listensOnly, synced } = this.#together;
    return [
      el("p", { class: "panel-text", text: isMute ? "Press play to hear it." : says[synced.status], attrs: { role: "status" } }),
      isMute ? el("button", { class: "button primary wide", attrs: { type: "button" }, on: { click: () => this.#listen() } }, icon("play"), "Listen") : null,
      el(
        "div",
        { class: "invite" },
        el("span", { class: "invite-label", text: "Code" }),
        el("span", { class: "invite-code", text: spaced(group.code), attrs: { "data-code": group.code } }),
        group.link === null ? null : el("button", { class: "text-button", attrs: { type: "button" }, on: { click: () => void this.#copyLink(group.link ?? "") } }, icon("copy"), "Copy the link"),
      ),
      el("h3", { text: counted(group.members.length, "member") }),
      el("ul", { class: "member-list" }, ...group.members.map((member) => this.#member(group, member, isHost))),
      group.listenerCount === 0 ? null : el("p", { class: "panel-note", text: `${counted(group.listenerCount, "more listens", "more listen")} along` }),
      isHost ? this.#control(group) : el("p", { class: "panel-note", text: listensOnly ? "You only listen." : group.control === "everyone" ? "Everyone controls what plays." : `${group.members.find(({ userId }) => userId === group.hostId)?.username ?? "The host"} controls what plays.` }),
      el(
        "div",
        { class: "panel-foot buttons" },
        el("button", { class: "button small", text: "Leave", attrs: { type: "button" }, on: { click: () => void this.#try(() => this.#together.leave()) } }),
        isHost ? el("button", { class: "button small", text: "End for everybody", attrs: { type: "button" }, on: { click: () => void this.#try(() => this.#together.end()) } }) : null,
      ),
    ];
  }

  #member(group: Group, { userId, username }: Group["members"][number], isHost: boolean): HTMLElement {
    const isMe = userId === this.#context.api.account?.id;
    const face = el("span", { class: "face", text: initials(username), attrs: { "aria-hidden": "true" } });
    face.style.setProperty("--hue", String(hueOf(username)));
    return el(
      "li",
      { class: "member" },
      face,
      el("span", { class: "friend-name", text: isMe ? `${username} (you)` : username }),
      userId === group.hostId ? el("span", { class: "badge", text: "Host" }) : null,
      isHost && !isMe ? iconButton("crown", `Make ${username} the host`, () => this.#together.do({ type: "handOver", userId })) : null,
      isHost && !isMe ? iconButton("close", `Remove ${username}`, () => this.#together.do({ type: "kick", userId })) : null,
    );
  }

  #control({ control }: Group): HTMLElement {
    const select = el("select", { class: "text-input", attrs: { "aria-label": "Who controls what plays" } }, ...([["everyone", "Everyone controls what plays"], ["host", "Only I control what plays"]] as const).map(([value, text]) => el("option", { text, attrs: { value } })));
    select.value = control;
    select.addEventListener("change", () => this.#together.do({ type: "control", control: select.value === "host" ? "host" : "everyone" }));
    return select;
  }

  #listen(): void {
    this.#context.player.unlock();
    this.#together.listen();
  }

  async #copyLink(token: string): Promise<void> {
    const address = `${location.origin}/#/join/${token}`;
    this.#context.toast((await copied(address)) ? "The link is copied. Who opens it may join." : address);
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.#context.player.unlock();
    try {
      await work();
    } catch (error) {
      this.#context.toast(sentence(error));
    }
  }
}

/** "ABCD EFGH". */
function spaced(code: string): string {
  return code.replaceAll(/(.{4})(?=.)/g, "$1 ");
}
