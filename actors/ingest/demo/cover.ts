/** Cover art of the demo albums: a few shapes, drawn as SVG. Deterministic, and without letters: no font is needed. */

const palettes = { "Première lumière": ["#1b2a49", "#e8a87c", "#f6e3c5", "#41729f"], "Pre-Roll & Tail": ["#101418", "#19c37d", "#f2f2f2", "#7c5cff"] } as const;

/** JPEG, 800 pixels square, for an album of the demo. */
export async function cover(album: string): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(Buffer.from(svg(album))).flatten().jpeg({ quality: 88 }).toBuffer();
}

function svg(album: string): string {
  const [ground, first, second, third] = palettes[album as keyof typeof palettes] ?? palettes["Pre-Roll & Tail"];
  const shapes =
    album === "Première lumière"
      ? Array.from({ length: 9 }, (_, i) => `<ellipse cx="400" cy="${470 + 38 * i}" rx="${420 - 18 * i}" ry="${16 + 3 * i}" fill="${i % 2 === 0 ? third : second}" opacity="${0.75 - 0.06 * i}"/>`).join("") + `<circle cx="400" cy="330" r="170" fill="${first}"/><circle cx="400" cy="330" r="132" fill="${second}" opacity="0.5"/>`
      : Array.from({ length: 64 }, (_, i) => {
          const height = 60 + 250 * Math.abs(Math.sin(i * 0.31) * Math.cos(i * 0.11));
          return `<rect x="${16 + 12 * i}" y="${400 - height}" width="7" height="${2 * height}" rx="3" fill="${i % 16 === 0 ? third : i % 4 === 0 ? second : first}"/>`;
        }).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="800"><rect width="800" height="800" fill="${ground}"/>${shapes}</svg>`;
}
