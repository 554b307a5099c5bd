import { createConnection, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { until } from "../kit/index.ts";
import { Link } from "./net.ts";

let server: Server;
let link: Link;
/** What the server was sent; it answers each chunk with the same bytes. */
let received = "";
const open: Socket[] = [];

beforeEach(async () => {
  received = "";
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString();
      socket.write(chunk);
    });
    socket.on("end", () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  link = await Link.open((server.address() as { port: number }).port);
});

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await link.close();
  await new Promise((resolve) => server.close(resolve));
});

async function connect() {
  const socket = createConnection({ port: link.port, host: "127.0.0.1" });
  open.push(socket);
  const client = { socket, heard: "", ended: false, failed: undefined as string | undefined };
  socket.on("data", (chunk) => (client.heard += chunk.toString()));
  socket.on("end", () => (client.ended = true));
  socket.on("error", (error: NodeJS.ErrnoException) => (client.failed = error.code));
  await until(() => !socket.connecting);
  return client;
}

describe("a link", () => {
  test("carries bytes both ways, and the end", async () => {
    const client = await connect();
    client.socket.write("hello");
    await until(() => client.heard === "hello");
    client.socket.end(" world");
    await until(() => client.ended);
    expect(received).toBe("hello world");
  });

  test("delays in order", async () => {
    link.set({ kind: "pass", delayMs: 60 });
    const client = await connect();
    const since = performance.now();
    client.socket.write("a");
    await until(() => received === "a");
    client.socket.write("b");
    await until(() => client.heard === "ab");
    expect(performance.now() - since).toBeGreaterThan(170);
  });

  test("holds what is on its way, also from a sender that has given up, and delivers it when it is healed", async () => {
    const client = await connect();
    client.socket.write("a");
    await until(() => client.heard === "a");
    link.set({ kind: "hold", direction: "both" });
    client.socket.write("late");
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.socket.destroy();
    expect(received).toBe("a");
    link.heal();
    await until(() => received === "alate");
  });

  test("holds from the very chunk on that somebody waited for", async () => {
    link.foresee = (opening, chunk) => {
      if (opening.toString() === "hello" && chunk.toString() === "now") link.set({ kind: "hold", direction: "up" });
    };
    const client = await connect();
    for (const [said, heard] of [["hello", "hello"], ["before", "hellobefore"]] as const) {
      client.socket.write(said);
      await until(() => client.heard === heard);
    }
    client.socket.write("now");
    await until(() => link.state.kind === "hold");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received).toBe("hellobefore");
    link.heal();
    await until(() => received === "hellobeforenow");
  });

  test("holds one direction alone", async () => {
    const client = await connect();
    link.set({ kind: "hold", direction: "down" });
    client.socket.write("a");
    await until(() => received === "a");
    expect(client.heard).toBe("");
    link.heal();
    await until(() => client.heard === "a");
  });

  test("lets a connection that is made while it holds hang until it is healed", async () => {
    link.set({ kind: "hold", direction: "both" });
    const client = await connect();
    client.socket.write("a");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received).toBe("");
    link.heal();
    await until(() => client.heard === "a");
  });

  test("refuses: connections are reset and new ones are not taken", async () => {
    const client = await connect();
    client.socket.write("a");
    await until(() => client.heard === "a");
    link.set({ kind: "refuse" });
    await until(() => client.failed === "ECONNRESET");
    const other = await connect().catch(() => undefined);
    other?.socket.write("b");
    await until(() => other === undefined || other.socket.destroyed);
    expect(received).toBe("a");
    link.heal();
    const again = await connect();
    again.socket.write("c");
    await until(() => again.heard === "c");
  });
});
