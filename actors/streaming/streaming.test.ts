import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Identity } from "../action.ts";
import account from "../account/account.service.ts";
import catalog from "../catalog/catalog.service.ts";
import rights from "../rights/rights.service.ts";
import { rememberingSearch, startTestNode, type TestNode } from "../testing/node.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import streaming from "./streaming.service.ts";

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode([catalog, rights, streaming, account, rememberingSearch().schema]);
});
afterAll(() => node.stop());

describe("streaming", () => {
  test("from a registration to a signed play", async () => {
    const track = ingestedTrack("one");
    await node.call("catalog.add", { track });
    const session = await node.call<{ account: Identity }>("account.register", { username: "Ada", password: "correct horse", country: "SE" });
    await node.call("account.login", { username: "ada", password: "correct horse" });
    const play = await node.call("streaming.play", { trackId: track.id, quality: "auto", deviceId: "d" }, session.account);
    expect(play).toMatchObject({ trackId: track.id, tier: "160", manifest: track.manifest });
  });
});
