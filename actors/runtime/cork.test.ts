/** Messages of one turn of the event loop leave together, in order, and none is lost. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { ServiceBroker } from "moleculer";
import { corked, heldBack } from "./cork.ts";
import { actorMiddleware } from "./middleware.ts";

const nothing = Buffer.alloc(0);

/** What leaves, and the transport's way of refusing. */
function transport(refused: readonly string[] = []) {
  const left: string[] = [];
  const send = corked((topic) => {
    if (refused.includes(topic)) throw new Error(`no ${topic}`);
    left.push(topic);
  });
  return { left, send: (topic: string) => send(topic, nothing, {}) };
}

describe("a corked transport -", () => {
  test("what is sent in one turn leaves at its end, in its order", async () => {
    const { left, send } = transport();
    const sent = [send("a"), Promise.resolve().then(() => send("b")), send("c")];
    await Promise.resolve();
    expect(left).toEqual([]);
    await nextTurn();
    expect(left).toEqual(["a", "c", "b"]);
    await Promise.all(sent);
    const next = send("d");
    await nextTurn();
    await next;
    expect(left).toEqual(["a", "c", "b", "d"]);
  });

  test("resolves when the transport has the message, not before", async () => {
    const { left, send } = transport();
    await send("a");
    expect(left).toEqual(["a"]);
  });

  test("holds so many back, and no more", () => {
    const { left, send } = transport();
    for (let n = 1; n < heldBack; n++) void send(`${n}`);
    expect(left).toEqual([]);
    void send("the last");
    expect(left).toHaveLength(heldBack);
    void send("of the next");
    expect(left).toHaveLength(heldBack);
  });

  test("a message that is refused fails alone, and harms nobody who does not look", async () => {
    const { left, send } = transport(["bad", "unseen"]);
    const unhandled: unknown[] = [];
    const seen = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", seen);
    try {
      const [before, bad, , after] = [send("before"), send("bad"), void send("unseen"), send("after")];
      await expect(bad).rejects.toThrow("no bad");
      await Promise.all([before, after]);
      await nextTurn();
      expect([left, unhandled]).toEqual([["before", "after"], []]);
    } finally {
      process.off("unhandledRejection", seen);
    }
  });

  test("a broker's messages are", async () => {
    const broker = new ServiceBroker({ logger: false, transporter: "Fake", middlewares: [actorMiddleware()] });
    const { tx } = broker.transit as unknown as { readonly tx: { send(topic: string, data: Buffer, meta: object): Promise<void>; readonly bus: { on(topic: string, heard: () => void): void } } };
    const heard: string[] = [];
    tx.bus.on("topic", () => heard.push("topic"));
    const sent = tx.send("topic", nothing, { packet: { payload: {} } });
    expect(heard).toEqual([]);
    await sent;
    expect(heard).toEqual(["topic"]);
  });
});
