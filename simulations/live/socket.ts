/**
 * The lightest Socket.IO client there is, over a bare TCP connection: frames are counted, not decoded, unless somebody asks. It
 * stands in for thousands of listeners beside the server that is measured, on the same cores. Websocket alone, text alone, no
 * coming back. For load; `client/socket` is the client.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";

/** An event's bytes: `bytes[from..to]` is its JSON, ["name", ...]. They are another's as soon as the call returns. */
export type OnEvent = (bytes: Buffer, from: number, to: number) => void;

export interface LightOptions {
  /** http://host:port */
  readonly url: string;
  readonly auth: object;
  readonly onEvent: OnEvent;
  /** Address of this side, for more connections than one address has ports. */
  readonly localAddress?: string;
}

/** What every socket reads into, one at a time. */
const inbox = Buffer.allocUnsafe(256 * 1024);
const handshakeMs = 60_000;
const [open, message, ping, event, ack, connected, refused] = Array.from("0422304", (digit) => digit.charCodeAt(0));

export class LightSocket {
  readonly #socket: Socket;
  readonly #options: LightOptions;
  readonly #asked = new Map<number, (answer: unknown) => void>();
  readonly #ready = Promise.withResolvers<void>();
  #rest: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  #ids = 0;
  isOpen = false;

  private constructor(options: LightOptions) {
    this.#options = options;
    const { hostname, port } = new URL(options.url);
    this.#socket = createConnection({
      host: hostname, port: Number(port), noDelay: true, ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      onread: { buffer: inbox, callback: (count, bytes) => (this.#read(Buffer.from(bytes.buffer, bytes.byteOffset, count)), true) },
    });
    const fail = (error?: Error) => {
      this.isOpen = false;
      this.#ready.reject(error ?? new Error("the connection was closed"));
    };
    this.#socket.on("error", fail).once("close", () => fail());
    this.#socket.once("connect", () => {
      this.#socket.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
    });
  }

  /** Resolves when the server has let it in. */
  static async open(options: LightOptions): Promise<LightSocket> {
    const socket = new LightSocket(options);
    const timer = setTimeout(() => socket.#socket.destroy(new Error("nobody answered")), handshakeMs);
    await socket.#ready.promise.finally(() => clearTimeout(timer));
    return socket;
  }

  /** Emits an event and resolves with the first argument of its acknowledgement. */
  ask(name: string, ...given: unknown[]): Promise<unknown> {
    const id = this.#ids++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#send(`42${id}${JSON.stringify([name, ...given])}`);
    });
  }

  /** Ends it: with a goodbye, or as a device that has lost its network. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }

  #read(bytes: Buffer): void {
    let at = 0;
    if (this.#rest.length > 0) bytes = Buffer.concat([this.#rest, bytes]);
    if (!this.#isUpgraded) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end >= 0 && !bytes.subarray(0, 12).includes("101")) this.#socket.destroy(new Error(`refused: ${bytes.toString().slice(0, 300)}`));
      this.#isUpgraded = end >= 0;
      at = end >= 0 ? end + 4 : 0;
    }
    while (this.#isUpgraded && at + 2 <= bytes.length) {
      let length = (bytes[at + 1] ?? 0) & 127;
      let from = at + 2;
      if (length === 126) {
        if (bytes.length < from + 2) break;
        length = bytes.readUInt16BE(from);
        from += 2;
      } else if (length === 127) {
        if (bytes.length < from + 8) break;
        length = Number(bytes.readBigUInt64BE(from));
        from += 8;
      }
      if (bytes.length < from + length) break;
      if (((bytes[at] ?? 0) & 15) === 1) this.#take(bytes, from, from + length);
      at = from + length;
    }
    // A copy: the bytes are the next reader's.
    this.#rest = at === bytes.length ? this.#rest.subarray(0, 0) : Buffer.from(bytes.subarray(at));
  }

  #take(bytes: Buffer, from: number, to: number): void {
    const type = bytes[from];
    const kind = bytes[from + 1];
    if (type === message && kind === event) this.#options.onEvent(bytes, from + 2, to);
    else if (type === message && kind === ack) this.#answered(bytes.toString("utf8", from + 2, to));
    else if (type === ping) this.#send("3");
    else if (type === open) this.#send(`40${JSON.stringify(this.#options.auth)}`);
    else if (type === message && kind === connected) {
      this.isOpen = true;
      this.#ready.resolve();
    } else if (type === message && kind === refused) this.#socket.destroy(new Error(`refused: ${bytes.toString("utf8", from, to)}`));
  }

  #answered(text: string): void {
    const at = text.indexOf("[");
    const id = Number(text.slice(0, at));
    const [answer] = JSON.parse(text.slice(at)) as unknown[];
    this.#asked.get(id)?.(answer);
    this.#asked.delete(id);
  }

  /** Masked with zeros, which leaves the bytes as they are. */
  #send(text: string): void {
    const size = Buffer.byteLength(text);
    const head = size < 126 ? 6 : 8;
    const frame = Buffer.alloc(head + size);
    frame[0] = 0x81;
    if (size < 126) frame[1] = 0x80 | size;
    else {
      frame[1] = 0x80 | 126;
      frame.writeUInt16BE(size, 2);
    }
    frame.write(text, head);
    this.#socket.write(frame);
  }
}
