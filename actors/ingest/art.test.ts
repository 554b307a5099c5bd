import { beforeAll, describe, expect, test } from "@jest/globals";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync, crc32 } from "node:zlib";
import sharp from "sharp";
import { freshFolder } from "../../test/kit/index.ts";
import { Covers, normalise } from "./art.ts";

const plain = (color: string, width: number, height: number) => sharp({ create: { width, height, channels: 3, background: color } });

/** A chunk of a PNG file. */
function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name), body]);
  const length = Buffer.alloc(4), sum = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PNG of a few bytes that claims to be `side` pixels wide and high. */
function bomb(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.alloc(1000))), chunk("IEND", Buffer.alloc(0))]);
}

describe("a picture", () => {
  test("is made small, and described by its size, mean colour and hash", async () => {
    const art = await normalise(await plain("#ff8000", 1600, 800).png().toBuffer());
    expect(art?.image).toMatchObject({ contentType: "image/jpeg", width: 1000, height: 500 });
    expect(art?.image.color).toBe("#ff8000");
    expect(art?.image.id).toMatch(/^[0-9a-f]{64}$/);
    expect(await sharp(art?.bytes).metadata()).toMatchObject({ format: "jpeg", width: 1000 });
  });

  test("is not blown up, is turned upright and loses its metadata", async () => {
    const turned = await plain("#123456", 30, 60).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const art = await normalise(turned);
    expect(art?.image).toMatchObject({ width: 60, height: 30 });
    expect((await sharp(art?.bytes).metadata()).exif).toBeUndefined();
  });

  test("keeps its transparency", async () => {
    const art = await normalise(await sharp({ create: { width: 20, height: 20, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } }).png().toBuffer());
    expect(art?.image.contentType).toBe("image/webp");
    expect(art?.image.color).toBe("#ff0000");
  });

  test("gives the same bytes every time", async () => {
    const bytes = await plain("#00ff00", 100, 100).png().toBuffer();
    expect((await normalise(bytes))?.image.id).toBe((await normalise(bytes))?.image.id);
  });

  test.each([
    ["claims 50,000 x 50,000 pixels", bomb(50_000)],
    ["is text", Buffer.from("not a picture")],
    ["ends in the middle", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex")],
    ["is nothing", Buffer.alloc(0)],
  ])("that %s is no art", async (_name, bytes) => {
    expect(await new Covers().of(undefined, bytes)).toBeNull();
  });
});

describe("cover files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await freshFolder("art");
    await mkdir(join(folder, "CD 1"));
    await writeFile(join(folder, "Folder.JPG"), await plain("#0000ff", 10, 10).jpeg().toBuffer());
    await writeFile(join(folder, "booklet.jpg"), await plain("#ff0000", 10, 10).jpeg().toBuffer());
  });

  test("one beside the track is found by its name, from a disc's folder as well", async () => {
    const art = await new Covers().of(join(folder, "a.ogg"), undefined);
    expect(art?.image.color).toMatch(/^#0000f[ef]$/);
    expect((await new Covers().of(join(folder, "CD 1", "a.ogg"), undefined))?.image.id).toBe(art?.image.id);
  });

  test("the embedded one comes first, unless it cannot be read", async () => {
    const embedded = await plain("#00ff00", 10, 10).png().toBuffer();
    expect((await new Covers().of(join(folder, "a.ogg"), embedded))?.image.color).toMatch(/^#00f[ef]0[01]$/);
    expect((await new Covers().of(join(folder, "a.ogg"), Buffer.from("junk")))?.image.color).toMatch(/^#0000f[ef]$/);
  });

  test("no picture is no art", async () => {
    expect(await new Covers().of(join(await freshFolder("bare"), "a.ogg"), undefined)).toBeNull();
  });
});
