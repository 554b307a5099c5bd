/** The system's media keys, lock screen and notification: what plays, and buttons that work. */
import type { ApiClient } from "../../../client/index.ts";
import type { Listening, Shown } from "./listening.ts";

export function connectMediaSession(player: () => Listening | null): void {
  if (!("mediaSession" in navigator)) return;
  const { mediaSession } = navigator;
  mediaSession.setActionHandler("play", () => player()?.resume());
  mediaSession.setActionHandler("pause", () => player()?.pause());
  mediaSession.setActionHandler("nexttrack", () => player()?.next());
  mediaSession.setActionHandler("previoustrack", () => player()?.previous());
  mediaSession.setActionHandler("seekto", ({ seekTime }) => {
    if (typeof seekTime === "number") player()?.seek(seekTime * 1_000);
  });
  const seekBy = (seconds: number) => {
    const listening = player();
    listening?.seek(listening.positionMs + seconds * 1_000);
  };
  mediaSession.setActionHandler("seekforward", ({ seekOffset }) => seekBy(seekOffset ?? 10));
  mediaSession.setActionHandler("seekbackward", ({ seekOffset }) => seekBy(-(seekOffset ?? 10)));
}

let shown = "";

export function updateMediaSession(api: ApiClient, player: Listening, state: Shown): void {
  if (!("mediaSession" in navigator)) return;
  const { mediaSession } = navigator;
  const track = state.item?.track ?? null;
  mediaSession.playbackState = track === null ? "none" : state.status === "playing" || state.status === "loading" || state.status === "buffering" ? "playing" : "paused";
  if (track !== null && shown !== state.item?.id) {
    mediaSession.metadata = new MediaMetadata({
      title: track.title,
      artist: track.artists.map(({ name }) => name).join(", "),
      album: track.album.title,
      artwork: track.imageId === null ? [] : [256, 512].map((size) => ({ src: api.imageUrl(track.imageId ?? "", size), sizes: `${size}x${size}`, type: "image/jpeg" })),
    });
  }
  shown = state.item?.id ?? "";
  if (track === null || track.durationMs <= 0) mediaSession.setPositionState();
  else mediaSession.setPositionState({ duration: track.durationMs / 1_000, playbackRate: 1, position: Math.min(track.durationMs, Math.max(0, player.positionMs)) / 1_000 });
}
