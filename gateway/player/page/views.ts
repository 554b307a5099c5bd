/** The screens: each gets what it shows and answers an element. Errors are the router's. */
import { shuffled, type AlbumPage, type SessionContext, type Track } from "../../../client/index.ts";
import { art, colourOf } from "./art.ts";
import { albumCard, empty, feature, genreTile, grid, people, section, trackList } from "./cards.ts";
import { sentence, type PageContext } from "./context.ts";
import { el, icon, link } from "./dom.ts";
import { counted, hueOf, lengthOf } from "./format.ts";

export interface View {
  readonly title: string;
  readonly content: HTMLElement;
}

export async function homeView(context: PageContext, signal: AbortSignal): Promise<View> {
  const { api } = context;
  const [releases, artists, genres] = await Promise.all([api.newReleases({ limit: 24, signal }), api.artists({ limit: 18, signal }), api.genres(signal)]);
  const [newest] = releases.items;
  if (newest === undefined) {
    return { title: "Home", content: empty("There is no music here yet", "Import a folder of music on the server with “npm run import -- FOLDER”; it appears here while it is read.", reload()) };
  }
  return {
    title: "Home",
    content: el(
      "div",
      {},
      el("h1", { class: "greeting", text: greeting(new Date().getHours(), api.account?.username ?? null), attrs: { tabindex: "-1" } }),
      feature(context, newest),
      section("New releases", grid(...releases.items.map((album) => albumCard(context, album)))),
      artists.items.length === 0 ? null : section("Artists", people(context, artists.items)),
      genres.items.length === 0 ? null : section("Genres", el("div", { class: "genres" }, ...genres.items.slice(0, 24).map((genre) => genreTile(genre)))),
    ),
  };
}

function greeting(hour: number, name: string | null): string {
  const wish = hour < 5 ? "Good night" : hour < 12 ? "Good morning" : hour < 18 ? "Good afternoon" : "Good evening";
  return name === null ? wish : `${wish}, ${name}`;
}

function reload(): HTMLElement {
  return el("button", { class: "button", text: "Look again", attrs: { type: "button" }, on: { click: () => globalThis.dispatchEvent(new HashChangeEvent("hashchange")) } });
}

export async function albumView(context: PageContext, id: string, signal: AbortSignal): Promise<View> {
  const album = await context.api.album(id, signal);
  const facts = [album.year === null ? null : String(album.year), counted(album.tracks.length, "track"), lengthOf(album.tracks.reduce((sum, { durationMs }) => sum + durationMs, 0))].filter((fact) => fact !== null);
  const header = el(
    "header",
    { class: "hero" },
    art(context.api, { imageId: album.imageId, name: album.title, size: 232 }),
    el("div", { class: "hero-text" }, el("p", { class: "kicker", text: "Album" }), el("h1", { text: album.title, attrs: { tabindex: "-1" } }), el("p", { class: "hero-sub" }, link(`#/artist/${album.artist.id}`, album.artist.name, "link strong"), ` · ${facts.join(" · ")}`), playButtons(context, album.tracks, { type: "album", id: album.id })),
  );
  header.style.setProperty("--hue", String(hueOf(album.title)));
  if (album.imageId !== null) void colourOf(context.api, album.imageId).then((colour) => colour !== null && header.style.setProperty("--tint", colour));
  return { title: `${album.title} · ${album.artist.name}`, content: el("div", {}, header, ...discs(context, album)) };
}

function discs(context: PageContext, album: AlbumPage): HTMLElement[] {
  const from = { type: "album", id: album.id } as const;
  const numbers = [...new Set(album.tracks.map(({ disc }) => disc))];
  if (numbers.length <= 1) return [trackList(context, album.tracks, { numbered: true, from })];
  return numbers.map((disc) => section(`Disc ${disc}`, trackList(context, album.tracks.filter((track) => track.disc === disc), { numbered: true, from })));
}

function playButtons(context: PageContext, tracks: readonly Track[], from: SessionContext | null): HTMLElement {
  const disabled = tracks.length === 0 ? "" : null;
  return el(
    "div",
    { class: "hero-buttons" },
    el("button", { class: "button primary", attrs: { type: "button", disabled }, on: { click: () => context.player.play(tracks, 0, from) } }, icon("play"), "Play"),
    el("button", { class: "button", attrs: { type: "button", disabled }, on: { click: () => context.player.play(shuffled(tracks), 0, from) } }, icon("shuffle"), "Shuffle"),
  );
}

export async function artistView(context: PageContext, id: string, signal: AbortSignal): Promise<View> {
  const artist = await context.api.artist(id, signal);
  const header = el(
    "header",
    { class: "hero" },
    art(context.api, { imageId: artist.imageId, name: artist.name, size: 232, round: true }),
    el("div", { class: "hero-text" }, el("p", { class: "kicker", text: "Artist" }), el("h1", { text: artist.name, attrs: { tabindex: "-1" } }), el("p", { class: "hero-sub", text: counted(artist.albums.length, "album") }), playButtons(context, artist.topTracks, { type: "artist", id: artist.id })),
  );
  header.style.setProperty("--hue", String(hueOf(artist.name)));
  if (artist.imageId !== null) void colourOf(context.api, artist.imageId).then((colour) => colour !== null && header.style.setProperty("--tint", colour));
  return {
    title: artist.name,
    content: el(
      "div",
      {},
      header,
      artist.topTracks.length === 0 ? null : section("Tracks", trackList(context, artist.topTracks.slice(0, 10), { numbered: false, from: { type: "artist", id: artist.id } })),
      artist.albums.length === 0 ? null : section("Albums", grid(...artist.albums.map((album) => albumCard(context, album)))),
    ),
  };
}

export async function genreView(context: PageContext, id: string, signal: AbortSignal): Promise<View> {
  const [genres, page] = await Promise.all([context.api.genres(signal), context.api.genreTracks(id, { limit: 100, signal })]);
  const name = genres.items.find((genre) => genre.id === id)?.name ?? page.items[0]?.genres.find((genre) => genre.id === id)?.name ?? "Genre";
  const list = el("div", {}, trackList(context, page.items, { numbered: false }));
  const header = el("header", { class: "hero flat" }, el("div", { class: "hero-text" }, el("p", { class: "kicker", text: "Genre" }), el("h1", { text: name, attrs: { tabindex: "-1" } }), playButtons(context, page.items, null)));
  header.style.setProperty("--hue", String(hueOf(name)));
  return { title: name, content: el("div", {}, header, list, more(context, id, page.nextCursor, list)) };
}

function more(context: PageContext, id: string, cursor: string | null, list: HTMLElement): HTMLElement | null {
  if (cursor === null) return null;
  const button = el("button", { class: "button", text: "Show more", attrs: { type: "button" } });
  const load = async () => {
    button.disabled = true;
    try {
      const page = await context.api.genreTracks(id, { limit: 100, cursor });
      list.append(trackList(context, page.items, { numbered: false }));
      button.replaceWith(more(context, id, page.nextCursor, list) ?? "");
    } catch (error) {
      context.toast(sentence(error));
      button.disabled = false;
    }
  };
  button.addEventListener("click", () => void load());
  return button;
}

export async function searchView(context: PageContext, q: string, signal: AbortSignal): Promise<View> {
  const title = `Search: ${q}`;
  const { tracks, artists, albums, genres } = await context.api.search(q, { limit: 12, signal });
  if (tracks.length + artists.length + albums.length + genres.length === 0) {
    return { title, content: empty(`Nothing is called “${q}”`, "Small typing mistakes are forgiven; try another word of the title, or the artist.") };
  }
  return {
    title,
    content: el(
      "div",
      {},
      el("h1", { class: "hidden-text", text: `Results for ${q}`, attrs: { tabindex: "-1" } }),
      tracks.length === 0 ? null : section("Tracks", trackList(context, tracks, { numbered: false, from: { type: "search", id: q.slice(0, 100) } })),
      artists.length === 0 ? null : section("Artists", people(context, artists)),
      albums.length === 0 ? null : section("Albums", grid(...albums.map((album) => albumCard(context, album)))),
      genres.length === 0 ? null : section("Genres", el("div", { class: "genres" }, ...genres.map((genre) => genreTile(genre)))),
    ),
  };
}
