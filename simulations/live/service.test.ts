/** The generator's client at real servers: Node's own, which answers as gateways do, and one that misbehaves. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Answered } from "./connection.ts";
import { HttpService, type Question } from "./service.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function at(server: Server | TcpServer, options: { connections?: number; timeoutMs?: number } = {}) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const service = new HttpService({ urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`], connections: 10, timeoutMs: 5_000, ...options });
  closing.push(() => service.close(), () => server.close());
  return (question: Partial<Question> = {}) => new Promise<Answered>((resolve) => service.ask({ method: "GET", path: "/", user: 0, ...question }, resolve));
}

const big = Buffer.alloc(300_000, "x");

describe("the generator's client -", () => {
  test("sends what it is asked to, and brings the body when it is wanted", async () => {
    const ask = await at(createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part)).on("end", () => {
        const answer = JSON.stringify({ method: request.method, url: request.url, auth: request.headers.authorization, body: Buffer.concat(parts).toString() });
        response.setHeader("Content-Length", Buffer.byteLength(answer)).end(answer);
      });
    }));
    const { outcome, body } = await ask({ method: "POST", path: "http://other.example/v1/play?x=1", token: "t", body: { track: "é" }, keepsBody: true });
    expect(outcome).toBe("ok");
    expect(JSON.parse(body?.toString() ?? "")).toEqual({ method: "POST", url: "/v1/play?x=1", auth: "Bearer t", body: '{"track":"é"}' });
  });

  test("counts large bodies whole, many at once and one after the other", async () => {
    let opened = 0;
    const server = createServer((_request, response) => void response.setHeader("Content-Length", big.length).end(big));
    server.on("connection", () => (opened += 1));
    const ask = await at(server, { connections: 3 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask()));
    expect(new Set(answers.map(({ outcome, bytes }) => `${outcome} ${bytes}`))).toEqual(new Set(["ok 300000"]));
    expect(opened).toBe(3);
  });

  test("tells statuses, and goes on after a connection that was closed", async () => {
    let asked = 0;
    const ask = await at(createServer((_request, response) => {
      asked += 1;
      if (asked === 2) response.setHeader("Connection", "close");
      response.writeHead(asked === 1 ? 503 : 204, asked === 1 ? { "Content-Length": 0 } : {}).end();
    }));
    expect([(await ask()).outcome, (await ask()).outcome, (await ask()).outcome]).toEqual(["503", "ok", "ok"]);
  });

  test("a silent server is a timeout, one that cuts is told, and others are still served", async () => {
    const silent = await at(createServer(() => undefined), { timeoutMs: 50 });
    expect((await silent()).outcome).toBe("timeout");
    const cutting = await at(createTcpServer((socket) => void socket.once("data", () => socket.destroy())), { connections: 1 });
    expect((await Promise.all([cutting(), cutting()])).map(({ outcome }) => outcome)).toEqual(["closed", "closed"]);
    const babbling = await at(createTcpServer((socket) => void socket.once("data", () => socket.write("x".repeat(20_000)))));
    expect((await babbling()).outcome).toBe("unreadable");
  });

  test("nobody listens there", async () => {
    const server = createTcpServer();
    const ask = await at(server);
    server.close();
    await once(server, "close");
    expect((await ask()).outcome).toBe("ECONNREFUSED");
  });
});
