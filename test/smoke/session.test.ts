/** A listener's session over HTTP, by the typed client: two devices, the plan, the listening log. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ingestedTrack } from "../../actors/testing/tracks.ts";
import { ApiClient, memoryTokenStore, type ApiError } from "../../client/index.ts";
import { ask, post, startGateway, type TestGateway } from "../../gateway/testing/gateway.ts";
import { freshDatabase } from "../kit/index.ts";

const tracks = ["one", "two", "three"].map((name) => ingestedTrack(`http ${name}`, {}, ["96", "160"], 240));
const ids = tracks.map(({ id }) => id);
let gateway: TestGateway;
let api: ApiClient;

beforeAll(async () => {
  gateway = await startGateway(["catalog", "search", "rights", "streaming", "account", "session", "presence"], { config: { DATABASE_URL: await freshDatabase() } });
  for (const track of tracks) await gateway.broker.call("catalog.add", { track });
  api = new ApiClient({ baseUrl: gateway.url, tokens: memoryTokenStore() });
  await api.register({ username: "wanda", password: "correct horse battery", country: "SE" });
}, 60_000);
afterAll(() => gateway?.stop());

const status = (error: unknown) => ({ status: (error as ApiError).status, code: (error as ApiError).code });

describe("a session over HTTP", () => {
  test("is played on one device, controlled and taken over from another, and remembered", async () => {
    const { session } = api;
    expect(await session.get()).toMatchObject({ isNew: true, queue: [] });
    await session.register({ deviceId: "laptop", name: "Laptop", type: "desktop", volume: 0.8 });
    await session.register({ deviceId: "phone", name: "Phone", type: "phone" });
    const { playbackId } = await api.play({ trackId: ids[0] ?? "", quality: "auto", deviceId: "laptop" });
    const opId = "first-play";
    const played = await session.command("laptop", { type: "play", trackIds: ids, context: { type: "tracks", id: "all" }, playbackId }, { opId });
    expect(await session.command("laptop", { type: "play", trackIds: ids, context: { type: "tracks", id: "all" }, playbackId }, { opId })).toEqual(played);

    expect(status(await session.command("phone", { type: "play" }).catch((error: unknown) => error))).toEqual({ status: 409, code: "OTHER_DEVICE_PLAYING" });
    expect(await api.play({ trackId: ids[1] ?? "", quality: "auto", deviceId: "phone" }).catch((error: unknown) => ({ ...status(error), details: (error as ApiError).details }))).toEqual({ status: 409, code: "OTHER_DEVICE_PLAYING", details: { deviceId: "laptop" } });
    await session.command("phone", { type: "seek", positionMs: 60_000 });
    await session.command("phone", { type: "transfer", toDeviceId: "phone" });
    const view = await session.get();
    expect(view).toMatchObject({ activeDeviceId: "phone", playback: { trackId: ids[0], playbackId, isPlaying: true } });
    expect(Math.abs((view.playback?.positionMs ?? 0) - 60_000)).toBeLessThan(1_500);

    expect(await session.report({ deviceId: "phone", seen: view, isPlaying: false, positionMs: 61_000 })).toMatchObject({ isNew: false, activeDeviceId: "phone" });
    await session.command("laptop", { type: "next" });
    await session.forget("laptop");
    expect([(await session.devices()).map(({ deviceId }) => deviceId), (await session.get()).history.map(({ trackId }) => trackId)]).toEqual([["phone"], [ids[0]]]);
    expect(await session.listenedTo(playbackId, { type: "pause", positionMs: 61_000, at: Date.now(), eventId: "e1" })).toEqual({ id: "e1" });
    expect(await session.marked({ type: "save", trackId: ids[2] ?? "", at: 1 }).catch(status)).toEqual({ status: 422, code: "INVALID_INPUT" });
  });

  test("is nobody else's", async () => {
    expect((await ask(`${gateway.url}/v1/me/session`)).status).toBe(401);
    for (const action of ["admit", "setGroup", "word"]) expect((await ask(`${gateway.url}/v1/session/${action}`)).status).toBe(404);
    const token = await api.accessToken();
    const answer = await post(`${gateway.url}/v1/me/session/commands`, { type: "pause", deviceId: "phone", userId: "other" }, { Authorization: `Bearer ${token}` });
    expect([answer.status, answer.body.error?.code]).toEqual([422, "INVALID_INPUT"]);
  });
});
