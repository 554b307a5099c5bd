/** The repeated pieces of the views: cards, grids, track rows, section heads. */
import type { Album, Artist, Genre, SessionContext, Track } from "../../../client/index.ts";
import { art, colourOf } from "./art.ts";
import { sentence, type PageContext } from "./context.ts";
import { el, icon, iconButton, link, separated } from "./dom.ts";
import { counted, hueOf, time } from "./format.ts";

export function section(title: string, ...children: Node[]): HTMLElement {
  return el("section", { class: "section", attrs: { "aria-label": title } }, el("h2", { text: title }), ...children);
}

export function albumCard(context: PageContext, album: Album): HTMLElement {
  const play = iconButton("play", `Play ${album.title}`, () => playAlbum(context, album.id), "card-play");
  return el(
    "article",
    { class: "card" },
    el("a", { class: "card-link", attrs: { href: `#/album/${album.id}`, "aria-label": `${album.title} by ${album.artist.name}` } }, art(context.api, { imageId: album.imageId, name: album.title, size: 200 })),
    play,
    el("div", { class: "card-text" }, link(`#/album/${album.id}`, album.title, "card-title"), el("div", { class: "card-sub" }, link(`#/artist/${album.artist.id}`, album.artist.name), album.year === null ? null : ` · ${album.year}`)),
  );
}

function artistCard(context: PageContext, artist: Artist): HTMLElement {
  return el(
    "a",
    { class: "card artist-card", attrs: { href: `#/artist/${artist.id}` } },
    art(context.api, { imageId: artist.imageId, name: artist.name, size: 180, round: true }),
    el("div", { class: "card-text" }, el("span", { class: "card-title", text: artist.name }), el("span", { class: "card-sub", text: "Artist" })),
  );
}

export function genreTile(genre: Genre): HTMLElement {
  const tile = el("a", { class: "genre", attrs: { href: `#/genre/${genre.id}` } }, el("span", { class: "genre-name", text: genre.name }), el("span", { class: "genre-count", text: counted(genre.trackCount, "track") }));
  tile.style.setProperty("--hue", String(hueOf(genre.name)));
  return tile;
}

export function grid(...cards: HTMLElement[]): HTMLElement {
  return el("div", { class: "grid" }, ...cards);
}

export function people(context: PageContext, artists: readonly Artist[]): HTMLElement {
  return el("div", { class: "grid people" }, ...artists.map((artist) => artistCard(context, artist)));
}

/** Plays an album by its id; says so when that fails. */
function playAlbum({ api, player, toast }: PageContext, id: string): void {
  player.unlock();
  void api
    .album(id)
    .then(({ tracks }) => player.play(tracks, 0, { type: "album", id }))
    .catch((error: unknown) => toast(sentence(error)));
}

/** The newest release, large. */
export function feature(context: PageContext, album: Album): HTMLElement {
  const { api } = context;
  const element = el(
    "section",
    { class: "feature", attrs: { "aria-label": "Newest release" } },
    el("a", { class: "card-link", attrs: { href: `#/album/${album.id}`, "aria-hidden": "true", tabindex: "-1" } }, art(api, { imageId: album.imageId, name: album.title, size: 180 })),
    el(
      "div",
      { class: "feature-text" },
      el("p", { class: "kicker", text: "Newest release" }),
      el("h2", {}, link(`#/album/${album.id}`, album.title)),
      el("p", { class: "hero-sub" }, link(`#/artist/${album.artist.id}`, album.artist.name, "link strong"), ` · ${counted(album.trackCount, "track")}`),
      el("div", { class: "hero-buttons" }, el("button", { class: "button primary", attrs: { type: "button", "aria-label": `Play the newest release, ${album.title}` }, on: { click: () => playAlbum(context, album.id) } }, icon("play"), "Play")),
    ),
  );
  if (album.imageId !== null) void colourOf(api, album.imageId).then((colour) => colour !== null && element.style.setProperty("--tint", colour));
  return element;
}

export interface TrackListOptions {
  /** Album pages number tracks and need no art; lists from everywhere show art and album. */
  readonly numbered: boolean;
  /** Where the tracks come from. */
  readonly from?: SessionContext;
}

/** Rows that play their list from themselves on. */
export function trackList(context: PageContext, tracks: readonly Track[], { numbered, from }: TrackListOptions): HTMLElement {
  return el("ol", { class: `tracks${numbered ? " numbered" : ""}` }, ...tracks.map((track, index) => trackRow(context, tracks, track, index, { numbered, ...(from === undefined ? {} : { from }) })));
}

function trackRow(context: PageContext, tracks: readonly Track[], track: Track, index: number, { numbered, from }: TrackListOptions): HTMLElement {
  const { player, api, toast } = context;
  const play = () => player.play(tracks, index, from ?? null);
  const front = numbered ? el("span", { class: "number", text: String(track.number ?? index + 1) }) : art(api, { imageId: track.imageId, name: track.album.title, size: 44 });
  const row = el(
    "li",
    { class: "track", attrs: { "data-track": track.id } },
    el("button", { class: "track-play", attrs: { type: "button", "aria-label": `Play ${track.title}` }, on: { click: play } }, front, el("span", { class: "track-glyph" }, icon("play"), bars())),
    el("div", { class: "track-text" }, el("span", { class: "track-title", text: track.title }), el("span", { class: "track-artists" }, ...separated(track.artists.map(({ id, name }) => link(`#/artist/${id}`, name)), ", "))),
    numbered ? null : link(`#/album/${track.album.id}`, track.album.title, "link track-album"),
    el(
      "div",
      { class: "track-actions" },
      iconButton("playNext", `Play ${track.title} next`, () => {
        player.playNext([track]);
        toast(`“${track.title}” plays next`);
      }),
      iconButton("add", `Add ${track.title} to the queue`, () => {
        player.enqueue([track]);
        toast(`“${track.title}” is in the queue`);
      }),
    ),
    el("time", { class: "track-time", text: time(track.durationMs) }),
  );
  row.addEventListener("dblclick", (event) => {
    if ((event.target as Element).closest("a, button") === null) play();
  });
  return row;
}

/** The moving bars beside the track that is playing. */
export function bars(): HTMLElement {
  return el("span", { class: "bars", attrs: { "aria-hidden": "true" } }, el("i"), el("i"), el("i"));
}

export function empty(title: string, text: string, ...actions: Node[]): HTMLElement {
  return el("div", { class: "empty" }, icon("note"), el("h2", { text: title }), el("p", { text }), ...actions);
}
