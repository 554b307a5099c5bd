/**
 * A library for benches and simulations: one piece, synthesised here and imported as any upload is (decoded, encoded in every
 * tier, cut, stored), and further catalogue entries with the same manifest under other ids, so that plays do not all
 * hit one entry.
 */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { ServiceBroker } from "moleculer";
import type { CallMeta, Identity } from "../../actors/index.ts";
import type { FileLayouts, Manifest } from "../../audio/index.ts";

const seconds = 210;
const rate = 44_100;

const importer: Identity = { id: "0".repeat(32), username: "bench", plan: "premium", role: "admin", country: "SE" };

export interface OnePieceLibrary {
  /** The imported track: its chunks exist. */
  readonly imported: string;
  /** All tracks, the imported one first. */
  readonly trackIds: readonly string[];
}

/** Fills the catalogue of a started broker with `tracks` tracks. */
export async function makeLibrary(broker: ServiceBroker, tracks: number): Promise<OnePieceLibrary> {
  const meta: CallMeta = { user: importer };
  const { trackId } = await broker.call<{ trackId: string }, object>("ingest.upload", { name: "piece.wav" }, { meta, timeout: 300_000, stream: Readable.from([piece()]) });
  const { manifest, layouts } = await broker.call<{ manifest: Manifest; layouts: FileLayouts }, object>("catalog.manifest", { trackId });
  const trackIds = [trackId];
  for (let number = 1; number < tracks; number++) {
    const id = createHash("sha256").update(`bench ${number}`).digest("hex").slice(0, trackId.length);
    const track = {
      id, title: `Piece ${number}`, artists: ["Bench"], album: "Bench", albumArtist: "Bench", disc: 1, number, year: null, genres: ["Test"], durationMs: seconds * 1_000,
      image: null, tempoBpm: null, musicKey: null, energy: null, manifest: { ...manifest, track: id }, layouts,
      source: { path: `/bench/${number}`, sha256: createHash("sha256").update(`file ${number}`).digest("hex"), bytes: 1, modifiedMs: 0, audioMd5: "0".repeat(32) },
    };
    await broker.call("catalog.add", { track });
    trackIds.push(id);
  }
  return { imported: trackId, trackIds };
}

/** A stereo WAV, 16 bit: a chord that moves every second, over quiet noise, so that the encoders have work to do. */
function piece(): Buffer {
  const samples = seconds * rate;
  const wav = Buffer.alloc(44 + samples * 4);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(2, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 4, 28);
  wav.writeUInt16LE(4, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36, "latin1");
  wav.writeUInt32LE(samples * 4, 40);
  let noise = 1;
  for (let at = 0; at < samples; at++) {
    const root = 110 * 2 ** ((Math.floor(at / rate) * 5) % 12 / 12);
    const turn = (2 * Math.PI * root * at) / rate;
    const chord = Math.sin(turn) + Math.sin(turn * 1.26) + Math.sin(turn * 1.5) + Math.sin(turn * 2.01);
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) | 0;
    const value = chord * 4_000 + noise / 2 ** 31 * 1_500;
    wav.writeInt16LE(Math.round(value), 44 + at * 4);
    wav.writeInt16LE(Math.round(value * 0.8), 46 + at * 4);
  }
  return wav;
}
