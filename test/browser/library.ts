/** A small tagged library for the browser test: synthesised pieces as FLAC files with generated cover art, made by ffmpeg and sharp. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { ffmpeg } from "../kit/audio.ts";

interface Piece {
  readonly title: string;
  readonly seconds: number;
  /** Hz */
  readonly pitch: number;
}

export interface AlbumRecipe {
  readonly title: string;
  readonly artist: string;
  readonly genre: string;
  readonly year: number;
  readonly hue: number;
  readonly pieces: readonly Piece[];
}

/** The album the test listens to: the first track ends inside its third chunk, the second follows without a gap. */
export const heardAlbum: AlbumRecipe = {
  title: "Nordlys og Ødemark",
  artist: "Sólveig Härmä",
  genre: "Ambient",
  year: 2024,
  hue: 190,
  pieces: [
    { title: "Midnattssol", seconds: 11.3, pitch: 220 },
    { title: "Fjordsang", seconds: 7.7, pitch: 277 },
    { title: "Isbre", seconds: 6.1, pitch: 165 },
  ],
};

const albums: readonly AlbumRecipe[] = [
  heardAlbum,
  { title: "Concrete Gardens", artist: "The Tall Grass", genre: "Electronic", year: 2023, hue: 330, pieces: [{ title: "Escalator", seconds: 6, pitch: 330 }, { title: "Neon Moss", seconds: 6, pitch: 196 }] },
  { title: "<img src=x onerror=alert(1)>", artist: "Robert'); DROP TABLE tracks;--", genre: "Noise", year: 2020, hue: 20, pieces: [{ title: "<script>document.title='owned'</script>", seconds: 5.5, pitch: 110 }] },
];

/** An album long enough to be listened to by several at once. */
export const longAlbum: AlbumRecipe = {
  title: "Langs kysten",
  artist: "Sólveig Härmä",
  genre: "Ambient",
  year: 2025,
  hue: 210,
  pieces: [
    { title: "Havn", seconds: 75, pitch: 196 },
    { title: "Fyr", seconds: 40, pitch: 247 },
    { title: "Tåke", seconds: 30, pitch: 147 },
  ],
};

/** Writes the library below `folder`. Answers how many pieces it has. */
export async function makeLibrary(folder: string, made: readonly AlbumRecipe[] = albums): Promise<number> {
  for (const [at, album] of made.entries()) {
    const place = join(folder, `album-${at}`);
    await mkdir(place, { recursive: true });
    const cover = join(place, "cover.png");
    await writeFile(cover, await coverOf(album));
    for (const [number, piece] of album.pieces.entries()) await write(place, cover, album, piece, number + 1);
  }
  return made.reduce((sum, { pieces }) => sum + pieces.length, 0);
}

async function write(place: string, cover: string, album: AlbumRecipe, { title, seconds, pitch }: Piece, number: number): Promise<void> {
  const tone = (factor: number, level: number) => `${level}*sin(2*PI*${pitch * factor}*t)`;
  const beat = "0.2*exp(-6*mod(t,0.6))*(random(0)*2-1)";
  const expression = `${tone(1, 0.2)}+${tone(1.5, 0.12)}+${beat}|${tone(1, 0.2)}+${tone(2.005, 0.1)}+${beat}`;
  const tags = { title, artist: album.artist, album: album.title, album_artist: album.artist, genre: album.genre, date: String(album.year), track: `${number}/${album.pieces.length}` };
  await ffmpeg([
    "-f", "lavfi", "-i", `aevalsrc='${expression}':s=44100:d=${seconds}`,
    "-i", cover, "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic",
    "-c:a", "flac", "-sample_fmt", "s16",
    ...Object.entries(tags).flatMap(([tag, value]) => ["-metadata", `${tag}=${value}`]),
    join(place, `${number}.flac`),
  ]);
}

async function coverOf({ hue }: AlbumRecipe): Promise<Buffer> {
  const circles = Array.from({ length: 7 }, (_, i) => `<circle cx="${90 + i * 75}" cy="${300 + 150 * Math.sin(i * 1.7)}" r="${60 + 22 * ((i * 5) % 4)}" fill="hsl(${hue + i * 14},70%,${38 + i * 5}%)" fill-opacity=".55"/>`).join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600"><rect width="600" height="600" fill="hsl(${hue},45%,16%)"/>${circles}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
