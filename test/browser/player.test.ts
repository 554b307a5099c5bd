/**
 * The player page in real Chromium, against a real node, as a person uses it: and it is heard. Every frame the audio
 * thread rendered is compared with ffmpeg's decode of the whole track, across chunk seams and from track to track.
 *
 * The tests follow one visit, in order.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { ApiClient, memoryTokenStore, type AlbumPage } from "../../client/index.ts";
import { decodeOf, difference, joined, listen, mark, soundSince, type Stereo } from "./ears.ts";
import { heardAlbum } from "./library.ts";
import { startStage, type Stage } from "./stage.ts";

const tolerance = 1e-5;
/** Frames over which the engine ramps where music starts in the middle. */
const ramp = 256;
const chunkSamples = 5 * 44_100;
const password = "a long enough password";

let stage: Stage;
let origin: string;
let page: Page;
let album: AlbumPage;
const decodes = new Map<string, Stereo>();

beforeAll(async () => {
  stage = await startStage();
  ({ origin } = stage);
  await loadReferences();
  page = await stage.page();
}, 180_000);

afterAll(() => stage?.close(), 60_000);

/** ffmpeg's decodes of the album's tracks, by "track/tier", fetched with the client as any program would. */
async function loadReferences(): Promise<void> {
  const api = new ApiClient({ baseUrl: origin, tokens: memoryTokenStore() });
  await api.register({ username: "reference", password, country: "SE" });
  const { items } = await api.newReleases();
  album = await api.album(items.find(({ title }) => title === heardAlbum.title)?.id ?? "");
  for (const track of album.tracks) {
    for (const tier of ["96", "160"]) decodes.set(`${track.title}/${tier}`, await decodeOf(origin, await api.accessToken(), track.id, tier));
  }
}

function decoded(at: number, tier: "96" | "160" = "160"): Stereo {
  const decode = decodes.get(`${heardAlbum.pieces[at]?.title}/${tier}`);
  if (decode === undefined) throw new Error("no such decode");
  return decode;
}

const bar = () => page.getByRole("contentinfo", { name: "Player" });
const status = (wanted: string) => page.locator(`.bar[data-status="${wanted}"]`).waitFor();
const nowPlaying = (title: string) => bar().locator(".now-title", { hasText: title }).waitFor();

describe("player page - arriving", () => {
  test("an account is made in the page", async () => {
    await page.goto(`${origin}/?tap`);
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("sofia");
    await page.getByLabel("Password").fill(password);
    expect(await page.getByLabel("Country").inputValue()).toBe("SE");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "New releases" }).waitFor();
    expect(await page.getByRole("article").count()).toBe(3);
  });

  test("the search forgives a slip while typing", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("midnatsol", { delay: 20 });
    await page.waitForURL(/#\/search\/midnatsol$/);
    await page.locator("main:not([aria-busy])").getByRole("button", { name: "Play Midnattssol", exact: true }).waitFor();
  });

  test("tags that look like markup are text", async () => {
    await page.getByRole("searchbox").fill("");
    await page.getByRole("link", { name: "<img src=x onerror=alert(1)>", exact: true }).first().click();
    await page.getByRole("heading", { name: "<img src=x onerror=alert(1)>" }).waitFor();
    expect(await page.locator(".track-title").textContent()).toBe("<script>document.title='owned'</script>");
    expect(await page.title()).toContain("<img src=x onerror=alert(1)>");
  });
});

describe("player page - listening", () => {
  test("an album plays as ffmpeg decodes it, over chunk seams and into the next track without a gap", async () => {
    await page.getByRole("link", { name: "Ensemble, home" }).click();
    await page.getByRole("link", { name: `${heardAlbum.title} by ${heardAlbum.artist}` }).click();
    // Loudness off: the samples themselves are compared.
    await bar().getByRole("button", { name: "Even loudness" }).click();
    const since = await mark(page);
    const clickedAt = await page.evaluate(() => performance.now());
    await page.locator("main").getByRole("button", { name: "Play", exact: true }).click();
    const first = decoded(0);
    const frames = first[0].length + 3 * 44_100;
    await listen(page, since, frames, 40_000);
    const sound = await soundSince(page, since);
    console.log(`click to first rendered sample: ${Math.round(sound.firstAt - clickedAt)} ms (the click itself included)`);
    expect(sound.firstSample).toBe(0);
    expect(difference(sound, joined(first, decoded(1)), frames)).toBeLessThanOrEqual(tolerance);
    await nowPlaying("Fjordsang");
    expect(await page.locator("#live").textContent()).toBe("Now playing: Fjordsang by Sólveig Härmä");
    expect(await page.locator("[data-heard]").textContent()).toMatch(/^Vorbis 160 · \d+ kbps$/);
  }, 60_000);

  test("a pause stops the clock", async () => {
    await page.keyboard.press("Space");
    await status("playing");
    await page.keyboard.press("Space");
    await status("paused");
    const [before, after] = await page.evaluate(async () => {
      const seek = document.querySelector<HTMLInputElement>(".seek");
      const tap = (globalThis as unknown as { ensembleTap: { heard: { advancing: boolean } }[] }).ensembleTap;
      while (tap.at(-1)?.heard.advancing === true) await new Promise(requestAnimationFrame);
      const first = Number(seek?.value);
      const end = performance.now() + 500;
      while (performance.now() < end) await new Promise(requestAnimationFrame);
      return [first, Number(seek?.value)];
    });
    // What was still heard when the key was pressed is shown with the next word of anything. A clock that goes on shows half a second.
    expect(Math.abs((after ?? NaN) - (before ?? NaN))).toBeLessThan(100);
  });

  test("a seek lands on its sample", async () => {
    const since = await mark(page);
    const box = await page.getByLabel("Position").boundingBox();
    if (box === null) throw new Error("no seek bar");
    await page.mouse.click(box.x + box.width * 0.2, box.y + box.height / 2);
    const positionMs = Number(await page.getByLabel("Position").inputValue());
    expect(positionMs).toBeGreaterThan(1_000);
    const pressedAt = await page.evaluate(() => performance.now());
    await bar().getByRole("button", { name: "Play", exact: true }).click();
    await listen(page, since, 44_100, 10_000);
    const sound = await soundSince(page, since);
    console.log(`resume after a seek to first rendered sample: ${Math.round(sound.firstAt - pressedAt)} ms (the click itself included)`);
    const target = Math.round((positionMs / 1_000) * 44_100);
    expect(sound.firstSample).toBe(target);
    expect(difference(sound, decoded(1), 40_000, { heardFrom: ramp, expectedFrom: target + ramp })).toBeLessThanOrEqual(tolerance);
  });

  test("a seek while playing is heard at once, and exactly there", async () => {
    await page.keyboard.press("Space");
    await status("playing");
    const since = await mark(page);
    const soundAfter = page.evaluate((from) => {
      type Tap = { ensembleTap: { heard: { generation: number; advancing: boolean }; at: number }[] };
      const { ensembleTap } = globalThis as unknown as Tap;
      const generation = ensembleTap[from - 1]?.heard.generation;
      return new Promise<number>((resolve) => {
        let pressedAt = NaN;
        document.addEventListener("keydown", () => { pressedAt = performance.now(); }, { once: true, capture: true });
        const look = () => {
          const quantum = ensembleTap.slice(from).find(({ heard }) => heard.generation !== generation && heard.advancing);
          if (quantum === undefined) setTimeout(look, 1);
          else resolve(quantum.at - pressedAt);
        };
        look();
      });
    }, since);
    await page.locator("body").press("ArrowLeft");
    console.log(`seek back to first rendered sample: ${Math.round(await soundAfter)} ms`);
    await listen(page, since, 22_050, 10_000);
    const sound = await soundSince(page, since);
    expect(difference(sound, decoded(1), 20_000, { heardFrom: ramp, expectedFrom: sound.firstSample + ramp })).toBeLessThanOrEqual(tolerance);
  });

  test("next plays the next track from its first sample", async () => {
    const since = await mark(page);
    await bar().getByRole("button", { name: "Next" }).click();
    await listen(page, since, 44_100, 10_000);
    const sound = await soundSince(page, since);
    expect(sound.firstSample).toBe(0);
    expect(difference(sound, decoded(2), 44_100)).toBeLessThanOrEqual(tolerance);
    await nowPlaying("Isbre");
    expect(await bar().getByRole("button", { name: "Next" }).isDisabled()).toBe(true);
  });

  test("the volume is heard", async () => {
    await page.getByLabel("Volume").fill("50");
    const since = await mark(page);
    await bar().getByRole("button", { name: "Play", exact: true }).click();
    await listen(page, since, 22_050, 10_000);
    const sound = await soundSince(page, since);
    // Half the slider is a quarter of the amplitude.
    expect(difference(sound, decoded(2), 20_000, { heardFrom: 1_920, expectedFrom: sound.firstSample + 1_920, gain: 0.25 })).toBeLessThanOrEqual(tolerance);
    await page.getByLabel("Volume").fill("100");
  });

  test("another quality is heard from the next chunk on, and shown", async () => {
    await page.getByLabel("Quality").selectOption("96");
    const since = await mark(page);
    await page.getByRole("button", { name: "Play Midnattssol", exact: true }).click();
    await listen(page, since, 4_096, 10_000);
    expect(await page.locator("[data-heard]").textContent()).toMatch(/^Vorbis 96 · \d+ kbps$/);
    await page.getByLabel("Quality").selectOption("160");
    const resumed = await mark(page);
    await bar().getByRole("button", { name: "Play", exact: true }).click();
    await page.locator("[data-heard]").filter({ hasText: /^Vorbis 160 · \d+ kbps$/ }).waitFor();
    await listen(page, await mark(page), 22_050, 10_000);
    const sound = await soundSince(page, resumed);
    const seam = Math.floor(sound.otherTierSample / chunkSamples) * chunkSamples;
    expect(seam).toBeGreaterThan(0);
    const before = seam - sound.firstSample;
    expect(difference(sound, decoded(0, "96"), before - ramp, { heardFrom: ramp, expectedFrom: sound.firstSample + ramp })).toBeLessThanOrEqual(tolerance);
    expect(difference(sound, decoded(0, "160"), 20_000, { heardFrom: before + 64, expectedFrom: seam + 64 })).toBeLessThanOrEqual(tolerance);
    // A free account is not offered what it may not use.
    expect(await page.getByLabel("Quality").locator("option[value='320']").isDisabled()).toBe(true);
  }, 30_000);

  test("the queue shows what comes next, and takes more", async () => {
    await bar().getByRole("button", { name: "Queue" }).click();
    const queue = page.getByRole("complementary", { name: "Queue" });
    expect(await queue.getByRole("listitem").count()).toBe(3);
    await page.getByRole("button", { name: "Add Midnattssol to the queue" }).click();
    expect(await queue.getByRole("listitem").count()).toBe(4);
    await queue.getByRole("button", { name: "Remove Fjordsang from the queue" }).click();
    expect(await queue.getByRole("listitem").count()).toBe(3);
  });
});

describe("player page - coming back", () => {
  test("a reload keeps the login and the settings", async () => {
    await page.reload();
    await page.getByRole("heading", { name: heardAlbum.title }).waitFor();
    expect(await page.locator(".who-name").textContent()).toBe("sofia");
    expect(await page.getByLabel("Quality").inputValue()).toBe("160");
    expect(await bar().getByRole("button", { name: "Even loudness" }).getAttribute("aria-pressed")).toBe("false");
  });

  test("on a phone nothing runs off the side", async () => {
    await page.setViewportSize({ width: 375, height: 720 });
    for (const hash of ["#/", `#/album/${album.id}`, `#/artist/${album.artist.id}`]) {
      await page.evaluate((to) => {
        location.hash = to;
      }, hash);
      await page.locator("main:not([aria-busy]) h1").waitFor();
      expect(await page.evaluate(() => document.querySelector("main")?.scrollWidth)).toBeLessThanOrEqual(375);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    }
  });

  test("logging out forgets the login here", async () => {
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem("ensemble.refreshToken"))).toBeNull();
  });

  test("nothing was complained about: no errors, no exceptions, no CSP violations", () => {
    expect(stage.complaints).toEqual([]);
  });

  test("a wrong password is said in words", async () => {
    await page.getByRole("textbox", { name: "Name" }).fill("sofia");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("alert").filter({ hasText: /\w/ }).waitFor()).resolves.toBeUndefined();
  });
});
