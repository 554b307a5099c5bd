/** What links from friends lead to: following somebody, joining a group. */
import { groupOfLink } from "../../../client/index.ts";
import { empty } from "./cards.ts";
import { sentence, type PageContext } from "./context.ts";
import { el } from "./dom.ts";
import type { Together } from "./together.ts";
import type { View } from "./views.ts";

export interface Social {
  readonly together: Together;
  /** Opens a panel at the side. */
  readonly openTogether: () => void;
  readonly openFriends: () => void;
}

export async function followView(context: PageContext, userId: string, social: Social, signal: AbortSignal): Promise<View> {
  const { api, toast } = context;
  if (userId === api.account?.id) return { title: "Your link", content: empty("This is your own link", "Send it to a friend: who opens it may follow you, and sees what you play.") };
  const { username } = await api.accountName(userId, signal);
  const button = el("button", { class: "button primary", text: `Follow ${username}`, attrs: { type: "button" } });
  const follow = async () => {
    try {
      await api.social.follow(userId);
      button.disabled = true;
      button.textContent = `You follow ${username}`;
      social.openFriends();
    } catch (error) {
      toast(sentence(error));
    }
  };
  button.addEventListener("click", () => void follow());
  return { title: username, content: empty(username, "Follow this listener to see what plays, as it plays.", button) };
}

export function joinView(context: PageContext, token: string, { together, openTogether }: Social): View {
  const join = async (listenOnly: boolean) => {
    context.player.unlock();
    try {
      await together.join(groupOfLink(token), { token }, listenOnly);
      location.hash = "#/";
      openTogether();
    } catch (error) {
      context.toast(sentence(error));
    }
  };
  const button = (text: string, className: string, listenOnly: boolean) => el("button", { class: className, text, attrs: { type: "button" }, on: { click: () => void join(listenOnly) } });
  return { title: "Listen together", content: empty("You are invited to listen together", "Everybody in the group hears the same music at the same moment.", el("div", { class: "hero-buttons" }, button("Join", "button primary", false), button("Only listen", "button", true))) };
}
