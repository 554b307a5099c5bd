import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import { until } from "../../test/kit/index.ts";
import { frameOf, packetOf } from "./frame.ts";

test("frames - reach a client as events do, whatever their length", async () => {
  const http = createServer();
  const server = new Server(http, { transports: ["websocket"], serveClient: false });
  await new Promise<void>((resolve) => { http.listen(0, "127.0.0.1", resolve); });
  const client = io(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, { transports: ["websocket"] });
  try {
    const heard: unknown[] = [];
    client.onAny((...given: unknown[]) => heard.push(given));
    // Around every length at which the header is another, in characters of one and of more bytes.
    const around = [126, 65_536].flatMap((bytes) => [-2, -1, 0, 1].map((more) => bytes + more));
    const empty = packetOf("a.b", '{"x":""}', "t").length + 1;
    const messages = [...around.map((bytes) => ({ x: "y".repeat(bytes - empty) })), { x: "Ü€🎵".repeat(30_000) }, { x: 1 }];
    const expected: number[] = [];
    server.on("connection", ({ conn }) => {
      for (const message of messages) {
        const { options } = frameOf(packetOf("a.b", JSON.stringify(message), "t"));
        expected.push(options.wsPreEncodedFrame[0]?.length ?? 0);
        // Not the packet itself: that would arrive as well, but encoded anew.
        conn.write("2[]", options as object);
      }
    });
    await until(() => heard.length === messages.length);
    expect(heard).toEqual(messages.map((message) => ["a.b", message, "t"]));
    expect(expected.slice(0, 8)).toEqual([126, 127, 130, 131, 65_538, 65_539, 65_546, 65_547]);
  } finally {
    client.close();
    await server.close();
  }
});
