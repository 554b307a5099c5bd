/** How connections come: many at once, more than are allowed, at an address that another program has. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createConnection, type AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { limits } from "./limits.ts";
import { boundedServer, closeServer, listen, openConnections } from "./server.ts";

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()));
});

async function serving({ sockets, most }: { readonly sockets?: number; readonly most?: number } = {}) {
  const server = boundedServer((_request, response) => void response.end("ok"), most);
  const port = await listen(server, 0, "127.0.0.1", sockets ?? limits.sockets);
  opened.push(() => closeServer(server, 100));
  return { server, port };
}

const connected = (port: number, count: number) => Array.from({ length: count }, () => {
  const socket = createConnection(port, "127.0.0.1").on("error", () => undefined);
  opened.push(async () => socket.destroy());
  return socket;
});

test.each([[1, 320, 1_000], [64, 5, 60]])("of %d sockets one connection each is taken in a turn of the loop", async (sockets, least, most) => {
  const { server, port } = await serving({ sockets });
  connected(port, 320);
  let turns = 0;
  for (; openConnections(server) < 320 && turns < 2_000; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(turns).toBeGreaterThanOrEqual(least);
  expect(turns).toBeLessThanOrEqual(most);
});

test("whichever socket took a connection, the server answers on it, and ends it", async () => {
  const { server, port } = await serving({ sockets: 4 });
  const answers = await Promise.all(Array.from({ length: 40 }, async () => (await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: "close" } })).text()));
  expect(new Set(answers)).toEqual(new Set(["ok"]));
  const silent = connected(port, 40);
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  const ends = silent.map((socket) => new Promise((resolve) => { socket.once("close", resolve); }));
  await closeServer(server, 1_000);
  await Promise.all(ends);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test("connections beyond the bound are ended, whichever socket took them", async () => {
  const { server, port } = await serving({ sockets: 4, most: 30 });
  const sockets = connected(port, 50);
  const ended = () => sockets.filter(({ destroyed }) => destroyed).length;
  while (ended() < 20 || openConnections(server) < 30) await new Promise((resolve) => setImmediate(resolve));
  expect([ended(), openConnections(server)]).toEqual([20, 30]);
});

test.each(["ours", "another program's"])("an address that is %s already is refused", async (whose) => {
  const other = whose === "ours" ? (await serving()).port : await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    opened.push(async () => server.close());
  });
  await expect(listen(boundedServer(() => undefined), other, "127.0.0.1", limits.sockets)).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("what connects while the loop is busy is taken after it: nobody has to come again a second later", async () => {
  const { port } = await serving();
  const dropped = dropsOfFullQueues();
  // All in one turn: the server, in the same process, takes none of them before.
  const sockets = Array.from({ length: Math.min(1_500, longestQueue()) }, () => createConnection(port, "127.0.0.1"));
  try {
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    expect(dropsOfFullQueues() - dropped).toBe(0);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

/** What the system allows any server. */
const longestQueue = (): number => (existsSync("/proc/sys/net/core/somaxconn") ? Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8")) : 128);

/** Connections that this machine dropped because too many waited to be taken; 0 where it does not say. */
function dropsOfFullQueues(): number {
  if (!existsSync("/proc/net/netstat")) return 0;
  const [names = [], values = []] = readFileSync("/proc/net/netstat", "utf8").split("\n").filter((line) => line.startsWith("TcpExt:")).map((line) => line.split(" "));
  return Number(values[names.indexOf("ListenOverflows")]);
}
