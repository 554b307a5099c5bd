/**
 * The route table of the API: which method and path calls which action. The gateway routes to nothing else, and the
 * OpenAPI document is made from this table and the actions' own schemas.
 */

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Route {
  readonly method: Method;
  /** Below the host, with `:name` for parameters: "/v1/tracks/:id". */
  readonly path: string;
  readonly action: string;
  /** Group in the documentation. */
  readonly tag: "account" | "browse" | "play" | "playlists" | "session" | "social" | "groups" | "admin";
  /** Status of a success; 200 when absent. */
  readonly status?: 201 | 202;
  /** Takes or renews credentials: no token is read, and the stricter rate applies. */
  readonly credentials?: true;
  /** How long the action may take; the broker's requestTimeout when absent. */
  readonly timeoutMs?: number;
  /** Members of the answer that are the same frozen object in many answers (json-text.ts). */
  readonly shared?: readonly string[];
}

const routeTable = [
  { method: "POST", path: "/v1/auth/register", action: "account.register", tag: "account", status: 201, credentials: true },
  { method: "POST", path: "/v1/auth/login", action: "account.login", tag: "account", credentials: true },
  { method: "POST", path: "/v1/auth/refresh", action: "account.refresh", tag: "account", credentials: true },
  { method: "POST", path: "/v1/auth/logout", action: "account.logout", tag: "account", credentials: true },
  { method: "GET", path: "/v1/me", action: "account.me", tag: "account" },
  { method: "PUT", path: "/v1/me/password", action: "account.changePassword", tag: "account" },
  { method: "GET", path: "/v1/accounts", action: "account.find", tag: "account" },
  { method: "GET", path: "/v1/accounts/:id", action: "account.name", tag: "account" },

  { method: "GET", path: "/v1/search", action: "search.query", tag: "browse" },
  { method: "GET", path: "/v1/tracks", action: "catalog.tracks", tag: "browse" },
  { method: "GET", path: "/v1/tracks/:id", action: "catalog.track", tag: "browse" },
  { method: "GET", path: "/v1/artists", action: "catalog.artists", tag: "browse" },
  { method: "GET", path: "/v1/artists/:id", action: "catalog.artist", tag: "browse" },
  { method: "GET", path: "/v1/albums", action: "catalog.albums", tag: "browse" },
  { method: "GET", path: "/v1/albums/:id", action: "catalog.album", tag: "browse" },
  { method: "GET", path: "/v1/genres", action: "catalog.genres", tag: "browse" },
  { method: "GET", path: "/v1/genres/:id/tracks", action: "catalog.genreTracks", tag: "browse" },
  { method: "GET", path: "/v1/new-releases", action: "catalog.newReleases", tag: "browse" },

  { method: "POST", path: "/v1/play", action: "streaming.play", tag: "play", shared: ["manifest", "tiers"] },

  { method: "POST", path: "/v1/playlists", action: "playlist.create", tag: "playlists", status: 201 },
  { method: "POST", path: "/v1/playlists/join", action: "playlist.join", tag: "playlists" },
  { method: "GET", path: "/v1/playlists/:playlistId", action: "playlist.get", tag: "playlists" },
  { method: "PATCH", path: "/v1/playlists/:playlistId", action: "playlist.update", tag: "playlists" },
  { method: "DELETE", path: "/v1/playlists/:playlistId", action: "playlist.remove", tag: "playlists" },
  { method: "POST", path: "/v1/playlists/:playlistId/ops", action: "playlist.apply", tag: "playlists" },
  { method: "GET", path: "/v1/playlists/:playlistId/ops", action: "playlist.ops", tag: "playlists" },
  { method: "POST", path: "/v1/playlists/:playlistId/undo", action: "playlist.undo", tag: "playlists" },
  { method: "PUT", path: "/v1/playlists/:playlistId/collaborators/:userId", action: "playlist.addCollaborator", tag: "playlists" },
  { method: "DELETE", path: "/v1/playlists/:playlistId/collaborators/:userId", action: "playlist.removeCollaborator", tag: "playlists" },
  { method: "POST", path: "/v1/playlists/:playlistId/share", action: "playlist.share", tag: "playlists" },
  { method: "DELETE", path: "/v1/playlists/:playlistId/share/:token", action: "playlist.revokeShare", tag: "playlists" },
  { method: "PUT", path: "/v1/playlists/:playlistId/followers/me", action: "playlist.follow", tag: "playlists" },
  { method: "DELETE", path: "/v1/playlists/:playlistId/followers/me", action: "playlist.unfollow", tag: "playlists" },
  { method: "GET", path: "/v1/me/playlists", action: "playlist.mine", tag: "playlists" },

  { method: "GET", path: "/v1/me/session", action: "session.get", tag: "session" },
  { method: "POST", path: "/v1/me/session/commands", action: "session.command", tag: "session" },
  { method: "POST", path: "/v1/me/session/reports", action: "session.report", tag: "session" },
  { method: "POST", path: "/v1/me/session/restore", action: "session.restore", tag: "session" },
  { method: "GET", path: "/v1/me/devices", action: "session.devices", tag: "session" },
  { method: "PUT", path: "/v1/me/devices/:deviceId", action: "session.register", tag: "session" },
  { method: "DELETE", path: "/v1/me/devices/:deviceId", action: "session.forget", tag: "session" },
  { method: "POST", path: "/v1/play/:playbackId/events", action: "session.event", tag: "session" },
  { method: "POST", path: "/v1/me/events", action: "session.mark", tag: "session" },

  { method: "PUT", path: "/v1/me/following/:userId", action: "presence.follow", tag: "social" },
  { method: "DELETE", path: "/v1/me/following/:userId", action: "presence.unfollow", tag: "social" },
  { method: "GET", path: "/v1/me/following", action: "presence.following", tag: "social" },
  { method: "GET", path: "/v1/me/followers", action: "presence.followers", tag: "social" },
  { method: "GET", path: "/v1/me/friends/activity", action: "presence.friends", tag: "social" },
  { method: "GET", path: "/v1/me/sharing", action: "presence.sharing", tag: "social" },
  { method: "PUT", path: "/v1/me/sharing", action: "presence.setSharing", tag: "social" },

  { method: "POST", path: "/v1/groups", action: "group.start", tag: "groups", status: 201 },
  { method: "POST", path: "/v1/groups/find", action: "group.find", tag: "groups" },
  { method: "GET", path: "/v1/groups/:groupId", action: "group.get", tag: "groups" },
  { method: "POST", path: "/v1/groups/:groupId/join", action: "group.join", tag: "groups" },
  { method: "POST", path: "/v1/groups/:groupId/leave", action: "group.leave", tag: "groups" },
  { method: "POST", path: "/v1/groups/:groupId/commands", action: "group.command", tag: "groups" },
  { method: "POST", path: "/v1/groups/:groupId/here", action: "group.here", tag: "groups" },
  { method: "POST", path: "/v1/groups/:groupId/restore", action: "group.restore", tag: "groups" },

  { method: "POST", path: "/v1/admin/imports", action: "ingest.start", tag: "admin", status: 202 },
  { method: "GET", path: "/v1/admin/imports/:id", action: "ingest.job", tag: "admin" },
  { method: "POST", path: "/v1/admin/imports/:id/stop", action: "ingest.stop", tag: "admin" },
  { method: "GET", path: "/v1/admin/tracks/:id/rights", action: "rights.get", tag: "admin" },
  { method: "PUT", path: "/v1/admin/tracks/:id/rights", action: "rights.set", tag: "admin" },
  { method: "PUT", path: "/v1/admin/users/:id/plan", action: "account.setPlan", tag: "admin" },
  { method: "POST", path: "/v1/admin/search/rebuild", action: "search.rebuild", tag: "admin", timeoutMs: 100_000 },
] as const satisfies readonly Route[];

export const routes: readonly Route[] = routeTable;
