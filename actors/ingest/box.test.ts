import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshFolder } from "../../test/kit/index.ts";
import { ffmpeg, makeTestTrack } from "../../test/kit/audio.ts";
import { allowance, boxed, type Tools } from "./box.ts";
import { IngestError } from "./errors.ts";
import { findTools, packagedFfmpeg, run } from "./ffmpeg.ts";
import { probe } from "./probe.ts";

// A container may forbid the namespaces that the box is made of (Docker's default does): what holds only inside it is
// skipped there, visibly. Asked of bubblewrap itself, not of the code under test.
const hasNamespaces = spawnSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"]).status === 0;
const testWithBox = hasNamespaces ? test : test.skip;
if (!hasNamespaces) console.warn("bubblewrap cannot create namespaces on this machine: the tests of ffmpeg's box are skipped");

const everything: Tools = { ffmpeg: "/usr/bin/ffmpeg", bwrap: "/usr/bin/bwrap", prlimit: "/usr/bin/prlimit", timeout: "/usr/bin/timeout" };

describe("the command line", () => {
  test("has the box outside, then the limits, then the clock, then ffmpeg, which sees its input as /in", () => {
    const { program, args } = boxed(everything, "/music/a b.mp3", { cpuSeconds: 70, wallSeconds: 280 }, (input) => ["-i", input]);
    const line = [program, ...args].join(" ");
    expect(line).toMatch(/^\/usr\/bin\/bwrap --as-pid-1 --unshare-all .*--clearenv .*-- \/usr\/bin\/prlimit .*--cpu=70 .*-- \/usr\/bin\/timeout --signal=KILL 280 \/usr\/bin\/ffmpeg -i file:\/in$/);
    expect(args.slice(args.indexOf("/music/a b.mp3") - 1, args.indexOf("/music/a b.mp3") + 2)).toEqual(["--ro-bind", "/music/a b.mp3", "/in"]);
    expect(args.filter((word) => word === "--bind")).toEqual([]);
  });

  test("a file can never be read as an option or a protocol", () => {
    for (const path of ["/music/-i", "/music/concat:a|b", "/music/http://x"]) {
      expect(boxed({ ...everything, bwrap: undefined }, path, allowance(1), (input) => [input]).args.at(-1)).toBe(`file:${path}`);
    }
  });

  test("a packaged ffmpeg is brought into the box", () => {
    const { args } = boxed({ ...everything, ffmpeg: "/srv/ensemble/node_modules/ffmpeg" }, undefined, allowance(1), (input) => [input]);
    expect(args.join(" ")).toContain("--ro-bind /srv/ensemble/node_modules/ffmpeg /ffmpeg");
    expect(args.slice(-2)).toEqual(["/ffmpeg", "pipe:0"]);
  });

  test("without its tools it is ffmpeg alone", () => {
    expect(boxed({ ffmpeg: "/usr/bin/ffmpeg", bwrap: undefined, prlimit: undefined, timeout: undefined }, "/a", allowance(1), (input) => ["-i", input])).toEqual({ program: "/usr/bin/ffmpeg", args: ["-i", "file:/a"] });
  });

  test("a longer track may take longer", () => {
    expect(allowance(3600).cpuSeconds).toBeGreaterThan(allowance(60).cpuSeconds);
    expect(allowance(undefined).cpuSeconds).toBeLessThan(3600);
  });
});

describe("finding ffmpeg", () => {
  testWithBox("a boxed one is found here, the machine's before the packaged one", async () => {
    const { tools, warning } = await findTools();
    expect(tools.ffmpeg).toBe("/usr/bin/ffmpeg");
    expect(tools.bwrap).toBeDefined();
    expect(warning).toBeUndefined();
  });

  test("a bubblewrap that cannot work is done without, and said so", async () => {
    const folder = await freshFolder("bin");
    await writeFile(join(folder, "bwrap"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const path = process.env["PATH"];
    process.env["PATH"] = `${folder}:${path}`;
    try {
      const { tools, warning } = await findTools();
      expect(tools.bwrap).toBeUndefined();
      expect(warning).toMatch(/without its box/);
    } finally {
      process.env["PATH"] = path;
    }
  });

  test("a wrong FFMPEG_PATH is an error that names it", async () => {
    await expect(findTools("/bin/false")).rejects.toThrow(/FFMPEG_PATH \(\/bin\/false\)/);
  });
});

describe.each([["Debian's", undefined], ["the packaged", packagedFfmpeg()]])("%s ffmpeg in its box", (_name, path) => {
  let tools: Tools;
  let listener: Server;
  let visitors = 0;
  let folder: string;

  beforeAll(async () => {
    tools = (await findTools(path)).tools;
    folder = await freshFolder("box");
    listener = createServer((socket) => {
      visitors++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => void listener.listen(0, "127.0.0.1", resolve));
    await makeTestTrack(join(folder, "canary.mp3"), { seconds: 1 });
  });
  afterAll(() => {
    listener.close();
  });

  test.each([
    ["an HLS list of a local file", (canary: string) => `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${canary}\n#EXT-X-ENDLIST\n`],
    ["an HLS list of an address", (_canary: string, url: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${url}/a.mp3\n#EXT-X-ENDLIST\n`],
    ["a concat list of a local file", (canary: string) => `ffconcat version 1.0\nfile '${canary}'\n`],
    ["a concat list with a relative name", () => "ffconcat version 1.0\nfile canary.mp3\n"],
    ["a concat list of an address", (_canary: string, url: string) => `ffconcat version 1.0\nfile ${url}/a.mp3\n`],
    ["a DASH list", (_canary: string, url: string) => `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>${url}/a.mp3</BaseURL></MPD>`],
  ])("%s called .mp3 is refused, and leads nowhere", async (name, text) => {
    const bait = join(folder, `${name.replaceAll(" ", "-")}.mp3`);
    await writeFile(bait, text(join(folder, "canary.mp3"), `http://127.0.0.1:${(listener.address() as AddressInfo).port}`));
    // Whatever demuxer our own sniffing would choose, and none.
    for (const demuxer of [undefined, "mp3", "ogg"] as const) await expect(probe(tools, bait, demuxer)).rejects.toMatchObject({ code: "UNDECODABLE" });
    expect(visitors).toBe(0);
  });

  testWithBox("even a decoder taken over finds no other file, no network and nothing to write", async () => {
    const url = `tcp://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const attempt = (args: string[]) => run(boxed(tools, join(folder, "canary.mp3"), allowance(1), () => ["-hide_banner", "-nostdin", "-y", ...args]), { pipes: 0, wallSeconds: 20 });
    const inside = await attempt(["-i", "file:/in", "-f", "null", "-"]);
    expect(inside.code).toBe(0);
    for (const input of [`file:${join(folder, "canary.mp3")}`, "file:/etc/passwd", "file:/proc/self/environ", url]) expect((await attempt(["-i", input, "-f", "null", "-"])).code).not.toBe(0);
    for (const output of ["/in", "/out.wav", "/tmp/out.wav", "/usr/out.wav", join(folder, "out.wav")]) expect((await attempt(["-i", "file:/in", output])).code).not.toBe(0);
    expect(readFileSync(join(folder, "canary.mp3")).length).toBeGreaterThan(5000);
    expect(visitors).toBe(0);
  });

  test("one that takes too long is ended", async () => {
    const end = await run(boxed(tools, undefined, { cpuSeconds: 1, wallSeconds: 60 }, () => ["-nostdin", "-f", "lavfi", "-i", "anoisesrc=r=192000", "-f", "null", "-"]), { pipes: 0, wallSeconds: 60 });
    expect(end.code === null || end.code > 128).toBe(true);
    const late = await run(boxed(tools, undefined, { cpuSeconds: 60, wallSeconds: 60 }, () => ["-nostdin", "-f", "lavfi", "-i", "anoisesrc=r=192000", "-f", "null", "-"]), { pipes: 0, wallSeconds: 0.3 });
    expect(late.timedOut).toBe(true);
  });

  test("a stop ends it", async () => {
    const stop = new AbortController();
    const running = run(boxed(tools, undefined, allowance(60), () => ["-nostdin", "-f", "lavfi", "-i", "anoisesrc", "-f", "null", "-"]), { pipes: 0, wallSeconds: 60, signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toBeInstanceOf(IngestError);
  });
});

test("the bait is real: without the box and whitelists, ffmpeg follows a concat list", async () => {
  const folder = await freshFolder("bait");
  await mkdir(folder, { recursive: true });
  await makeTestTrack(join(folder, "canary.mp3"), { seconds: 1 });
  await writeFile(join(folder, "list.mp3"), "ffconcat version 1.0\nfile canary.mp3\n");
  expect((await ffmpeg(["-i", join(folder, "list.mp3"), "-f", "s16le", "-"])).length).toBeGreaterThan(80_000);
});
