/**
 * The lightest HTTP/1.1 client there is: one request at a time on a connection that stays open, answers by Content-Length, read into a
 * buffer that all connections share. Node's own client makes a new buffer of 64 KiB for each read: with chunks of music the collection
 * of those took two fifths of a generator's time, in pauses that looked like the service's latency.
 */
import { createConnection, type Socket } from "node:net";

export interface Answered {
  /** "ok", the HTTP status, or what cut the connection. */
  readonly outcome: string;
  readonly bytes: number;
  /** The body, when it was asked for. */
  readonly body: Buffer | undefined;
}

/** What every connection reads into, one at a time. */
const inbox = Buffer.allocUnsafe(256 * 1024);
const headMax = 16 * 1024;
const headEnd = Buffer.from("\r\n\r\n");

interface Asked {
  readonly keepsBody: boolean;
  readonly done: (answer: Answered) => void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #free: (connection: Connection) => void;
  readonly #gone: (connection: Connection) => void;
  #asked: Asked | undefined;
  #timer: NodeJS.Timeout | undefined;
  #head = "";
  #status = "";
  /** Bytes of the body still to come; undefined while the head is not whole. */
  #missing: number | undefined;
  #bytes = 0;
  #parts: Buffer[] = [];
  #closes = false;

  /** `free`: it may be asked again. `gone`: it may not. */
  constructor(address: { readonly host: string; readonly port: number }, free: (connection: Connection) => void, gone: (connection: Connection) => void) {
    this.#free = free;
    this.#gone = gone;
    this.#socket = createConnection({ ...address, noDelay: true, onread: { buffer: inbox, callback: (count) => (this.#read(inbox.subarray(0, count)), true) } });
    const fail = (error?: NodeJS.ErrnoException) => this.#end(error?.code ?? "closed");
    this.#socket.on("error", fail).once("close", () => fail());
  }

  /** One at a time. `request`: whole, with its head. */
  ask(request: string, timeoutMs: number, keepsBody: boolean, done: (answer: Answered) => void): void {
    this.#asked = { keepsBody, done };
    this.#timer = setTimeout(() => this.#end("timeout"), timeoutMs);
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    let rest = bytes;
    if (this.#missing === undefined) {
      const ended = this.#takeHead(bytes);
      if (ended === undefined) return;
      rest = ended;
    }
    this.#missing = (this.#missing ?? 0) - rest.length;
    this.#bytes += rest.length;
    // The buffer is the next connection's as soon as this returns.
    if (this.#asked?.keepsBody === true) this.#parts.push(Buffer.from(rest));
    if (this.#missing < 0) this.#end("unreadable");
    else if (this.#missing === 0) this.#answered();
  }

  /** What follows the head; undefined while it is not whole. */
  #takeHead(bytes: Buffer): Buffer | undefined {
    const before = this.#head.length;
    this.#head += bytes.toString("latin1", 0, Math.min(bytes.length, headMax));
    const end = this.#head.indexOf(headEnd.toString("latin1"), Math.max(0, before - headEnd.length));
    if (end < 0) {
      if (this.#head.length >= headMax) this.#end("unreadable");
      return undefined;
    }
    const head = this.#head.slice(0, end + 2);
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
    this.#status = head.slice(9, 12);
    if (length === undefined && this.#status !== "204") {
      this.#end("unreadable");
      return undefined;
    }
    this.#missing = Number(length ?? 0);
    this.#closes = /\r\nconnection: *close\r\n/i.test(head);
    return bytes.subarray(end + headEnd.length - before);
  }

  #answered(): void {
    const asked = this.#asked;
    const answer: Answered = { outcome: this.#status.startsWith("2") ? "ok" : this.#status, bytes: this.#bytes, body: asked?.keepsBody === true ? Buffer.concat(this.#parts) : undefined };
    clearTimeout(this.#timer);
    this.#asked = undefined;
    this.#head = "";
    this.#missing = undefined;
    this.#bytes = 0;
    this.#parts = [];
    if (this.#closes) this.close();
    else this.#free(this);
    asked?.done(answer);
  }

  #end(why: string): void {
    const asked = this.#asked;
    this.#asked = undefined;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#gone(this);
    asked?.done({ outcome: why, bytes: this.#bytes, body: undefined });
  }
}
