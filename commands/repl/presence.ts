/** The command about presence: what friends see of an account, and why. */
import type { PresenceStatus, ShardPlace } from "../../actors/index.ts";
import { Sentence, type ConsoleCommand } from "./command.ts";
import { listOf, when } from "./layout.ts";
import { anyNode, ask } from "./nodes.ts";

interface Account {
  readonly id: string;
  readonly username: string;
}

const presence: ConsoleCommand = {
  command: "presence <user>",
  description: "What presence knows of an account, by name or id: sharing, followers, what friends see (wakes its actor)",
  async run({ broker, args: { user = "" } }) {
    const node = anyNode(broker);
    const call = <T>(action: string, params: object) => broker.call<T, object>(action, params);
    const [byId] = (await call<{ accounts: Account[] }>("account.names", { ids: [user] }).catch(() => ({ accounts: [] }))).accounts;
    const { id, username } = byId ?? (await call<Account>("account.byName", { username: user }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 404) throw new Sentence(`There is no account "${user}".`);
      throw error;
    }));
    const status = await call<PresenceStatus>("presence.status", { userId: id });
    const { owner } = await ask<ShardPlace>(broker, node, "where", { type: "presence", key: id });
    const { nowPlaying } = status;
    return {
      json: { username, owner, ...status },
      text: () => listOf([
        ["account", `${username} (${id})`], ["owner", owner], ["shares", status.share ? "yes" : "no"],
        ["private", status.privateUntil === null ? (status.private ? "the session is" : "no") : `until ${when(status.privateUntil)}`],
        ["followers", `${status.followers}${status.popular ? ", popular: not pushed, read" : ""}`],
        ["friends see", nowPlaying === null ? "nothing" : `${nowPlaying.artists.join(", ")} - ${nowPlaying.title} (${nowPlaying.trackId}), at ${Math.round(nowPlaying.positionMs / 1_000)} of ${Math.round(nowPlaying.durationMs / 1_000)} s on ${when(nowPlaying.at)}`],
        ["since", status.at === 0 ? undefined : when(status.at)],
        ["session's last word", status.stamp[0] === 0 ? "none" : `${status.stamp[1]} of epoch ${status.stamp[0]}`],
        ["told as", `${status.n} of epoch ${status.epoch}`],
      ]),
    };
  },
};

export const presenceCommands: readonly ConsoleCommand[] = [presence];
