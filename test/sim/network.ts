/**
 * The simulated network: messages between processes are delayed, dropped, brought twice and in any order; pairs of
 * processes can be cut off from each other. What is sent is copied, as on a wire.
 */
import type { Answer, Call } from "../../actors/runtime/call.ts";
import type { ShardOwner, Transport } from "../../actors/runtime/ports.ts";
import type { Seeded } from "../chaos/random.ts";
import { never, type SimProcess } from "./process.ts";
import type { Timeline } from "./timeline.ts";

export interface NetworkFaults {
  readonly drop: number;
  readonly duplicate: number;
  /** Chance that a message takes up to `slowMs`. */
  readonly slow: number;
  readonly slowMs: number;
  readonly delayMs: number;
}

export const soundNetwork: NetworkFaults = { drop: 0, duplicate: 0, slow: 0, slowMs: 0, delayMs: 1 };

/** What a process does with messages. */
export interface Station {
  readonly process: SimProcess;
  receive?(calls: readonly Call[]): Promise<Answer[]>;
  heard(owners: readonly ShardOwner[]): void;
  owners(): readonly ShardOwner[];
}

export class Network {
  faults: NetworkFaults;
  messages = 0;
  lost = 0;
  readonly #timeline: Timeline;
  readonly #random: Seeded;
  readonly #stations = new Map<string, Station>();
  readonly #cuts = new Set<string>();

  constructor(timeline: Timeline, random: Seeded, faults: NetworkFaults) {
    this.#timeline = timeline;
    this.#random = random;
    this.faults = faults;
  }

  /** From now on this one answers to the name of its process. */
  attach(station: Station): void {
    this.#stations.set(station.process.name, station);
  }

  detach(station: Station): void {
    if (this.#stations.get(station.process.name) === station) this.#stations.delete(station.process.name);
  }

  /** Nothing goes from one side to the other, or only one way. */
  cut(from: readonly string[], to: readonly string[], oneWay: boolean): void {
    for (const one of from) {
      for (const other of to) {
        this.#cuts.add(`${one}>${other}`);
        if (!oneWay) this.#cuts.add(`${other}>${one}`);
      }
    }
  }

  heal(): void {
    this.#cuts.clear();
  }

  transportOf(process: SimProcess): Transport {
    return {
      send: (to, calls, timeoutMs) => {
        const sent = copy(calls);
        return this.#ask(process, to, timeoutMs, async (station) => {
          if (station.receive === undefined) throw new Error(`${to} hosts no actors`);
          return station.receive(copy(sent));
        });
      },
      announce: (owners) => {
        if (!process.enter()) return;
        const news = copy(owners);
        for (const { process: other } of this.#stations.values()) {
          if (other !== process) this.#carry(process.name, other.name, "moved", () => this.#stations.get(other.name)?.process.run(() => this.#stations.get(other.name)?.heard(news)));
        }
      },
    };
  }

  /** What `to` believes about the owners of shards. */
  askOwners(process: SimProcess, to: string, timeoutMs: number): Promise<readonly ShardOwner[]> {
    return this.#ask(process, to, timeoutMs, async (station) => station.owners());
  }

  #ask<T>(process: SimProcess, to: string, timeoutMs: number, serve: (station: Station) => Promise<T>): Promise<T> {
    if (!process.enter()) return never();
    return new Promise<T>((resolve, reject) => {
      const giveUp = process.clock.after(timeoutMs, () => reject(new Error(`${to} did not answer in time`)));
      const back = (settle: () => void) => this.#carry(to, process.name, "answer", () => process.run(() => {
        giveUp();
        settle();
      }));
      this.#carry(process.name, to, "request", () => {
        const station = this.#stations.get(to);
        if (station === undefined || !station.process.isAlive) {
          if (this.#random.chance(0.5)) back(() => reject(new Error(`${to} is not there`)));
          return;
        }
        const { process: server } = station;
        const answer = async () => {
          let settle: () => void;
          try {
            const text = copy(await serve(station));
            settle = () => resolve(text);
          } catch (error) {
            const { message } = error as Error;
            settle = () => reject(new Error(message));
          }
          if (server.enter()) back(settle);
        };
        server.run(() => void answer());
      });
    });
  }

  #carry(from: string, to: string, label: string, arrive: () => void): void {
    const random = this.#random;
    const { drop, duplicate, slow, slowMs, delayMs } = this.faults;
    this.messages += 1;
    const copies = random.chance(duplicate) ? 2 : 1;
    for (let n = 0; n < copies; n++) {
      if (random.chance(drop)) {
        this.lost += 1;
        continue;
      }
      const delay = random.chance(slow) ? random.next() * slowMs : 0.1 + random.next() * delayMs;
      this.#timeline.after(delay, `${from}>${to} ${label}`, () => {
        if (this.#cuts.has(`${from}>${to}`)) this.lost += 1;
        else arrive();
      });
    }
  }
}

/** As JSON takes and brings it. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
