/** The pieces of the demo library: six short compositions, written as code. Their words carry diacritics on purpose. */
import { Mix, rate, voices } from "./synth.ts";

export interface PieceTags {
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly albumArtist: string;
  readonly number: number;
  readonly of: number;
  readonly year: number;
  readonly genre: string;
}

export interface Piece {
  /** Path below the demo folder, without extension. */
  readonly file: string;
  readonly tags: PieceTags;
  /** Interleaved 16-bit stereo at 44.1 kHz. */
  render(): Int16Array<ArrayBuffer>;
}

const lumiere = { album: "Première lumière", albumArtist: "Ensemble Synthétique", of: 3, year: 2024 } as const;
const grid = { album: "Pre-Roll & Tail", albumArtist: "The Sample Grid", of: 3, year: 2025 } as const;

/** Repeats what depends only on a bar. */
function bars(count: number, each: (bar: number) => void): void {
  for (let bar = 0; bar < count; bar++) each(bar);
}

/** D major, 72: pads and bells over a slow bass. */
function aube(): Int16Array<ArrayBuffer> {
  const beat = 60 / 72, mix = new Mix(56);
  const chords = [[50, 57, 62, 66], [47, 54, 62, 66], [43, 55, 59, 62], [45, 52, 57, 64]];
  const bells = [78, 81, 74, 86, 83, 78, 76, 73];
  bars(16, (bar) => {
    const at = bar * 4 * beat, chord = chords[bar % 4] ?? [];
    for (const [i, midi] of chord.entries()) mix.note(voices.pad, at, 4 * beat * 1.05, midi + (i === 0 ? 0 : bar >= 8 ? 12 : 0), 0.5 + 0.03 * bar, (i - 1.5) / 2);
    if (bar >= 2) mix.note(voices.bass, at, 3.5 * beat, (chord[0] ?? 50) - 12, 0.45);
    if (bar >= 1 && bar < 15) for (const [i, offset] of [0.5, 1.5, 2, 3.25].entries()) if ((bar + i) % 3 !== 0) mix.bell(at + offset * beat, bells[(bar * 3 + i) % 8] ?? 78, 0.35 + 0.1 * (i % 2), (i - 1.5) / 2);
  });
  return mix.finish({ fadeIn: 1.5, fadeOut: 4, peak: 0.42 });
}

/** A minor, 96: two plucked patterns that drift against each other, as minimal music does. */
function fuvallat(): Int16Array<ArrayBuffer> {
  const beat = 60 / 96, mix = new Mix(52);
  const chords = [[57, 60, 64, 69], [53, 57, 60, 65], [48, 55, 60, 64], [55, 59, 62, 67]];
  bars(19, (bar) => {
    const at = bar * 4 * beat, chord = chords[bar % 4] ?? [];
    for (let step = 0; step < 16; step++) {
      const midi = (chord[[0, 2, 1, 3, 2, 1, 3, 2][(step + (bar >> 2)) % 8] ?? 0] ?? 57) + 12;
      mix.note(voices.pluck, at + (step * beat) / 4, 0.1, midi, step % 4 === 0 ? 0.75 : 0.5, step % 2 === 0 ? -0.5 : 0.5);
    }
    if (bar >= 4) for (let step = 0; step < 12; step++) mix.note(voices.piano, at + (step * beat) / 3, 0.15, (chord[(step * 2 + bar) % 4] ?? 57) + 24, 0.3, Math.sin(step + bar));
    if (bar >= 8) for (const midi of chord.slice(1)) mix.note(voices.strings, at, 4 * beat, midi, 0.45);
    mix.note(voices.bass, at, 1.8 * beat, (chord[0] ?? 57) - 24 + 12, 0.5);
    mix.note(voices.bass, at + 2.5 * beat, 1.2 * beat, (chord[0] ?? 57) - 12, 0.4);
  });
  return mix.finish({ fadeOut: 3.5, peak: 0.5 });
}

/** F major, 66, in three: four string voices and a bell for the melody. */
function nocturne(): Int16Array<ArrayBuffer> {
  const beat = 60 / 66, mix = new Mix(50);
  const parts = [[41, 57, 60, 65], [46, 58, 62, 65], [48, 55, 60, 64], [41, 57, 60, 69], [38, 57, 62, 65], [43, 58, 62, 67], [48, 58, 64, 67], [41, 57, 65, 69]];
  const tune = [72, 74, 77, 76, 74, 72, 69, 70, 72, 77, 79, 81, 82, 79, 76, 77];
  bars(16, (bar) => {
    const at = bar * 3 * beat, chord = parts[bar % 8] ?? [];
    for (const [i, midi] of chord.entries()) mix.note(i === 0 ? voices.bass : voices.strings, at, 2.9 * beat, midi, i === 0 ? 0.5 : 0.6, (i - 1.5) / 2.5);
    mix.note(voices.piano, at, 1.9 * beat, tune[bar] ?? 72, 0.7, 0.1);
    mix.note(voices.piano, at + 2 * beat, 0.9 * beat, (tune[(bar + 5) % 16] ?? 72) - (bar % 2 === 0 ? 0 : 12), 0.5, -0.1);
    if (bar >= 8) mix.bell(at + beat, (tune[bar] ?? 72) + 12, 0.3, 0.4, 2, 1.2);
  });
  return mix.finish({ fadeOut: 4, peak: 0.45 });
}

/** E minor, 124: four on the floor, an arpeggio that opens, an octave bass. */
function preRoll(): Int16Array<ArrayBuffer> {
  const beat = 60 / 124, mix = new Mix(62.5);
  const chords = [[52, 55, 59, 64], [48, 55, 60, 64], [55, 59, 62, 67], [50, 57, 62, 66]];
  bars(32, (bar) => {
    const at = bar * 4 * beat, chord = chords[(bar >> 1) % 4] ?? [], full = bar >= 8 && (bar < 20 || bar >= 22);
    for (let step = 0; step < 16; step++) {
      const time = at + (step * beat) / 4;
      if (full && step % 4 === 0) mix.kick(time, 0.95);
      if (full && step % 8 === 4) mix.snare(time, 0.7);
      if (bar >= 4 && step % 4 === 2) mix.hat(time, 0.9, step === 14);
      else if (bar >= 12) mix.hat(time, 0.45);
      if (bar >= 2) mix.note(voices.bass, time, 0.09, (chord[0] ?? 52) - 12 - (step % 4 === 2 ? 0 : 12), step % 2 === 0 ? 0.65 : 0.4);
      const open = 0.35 + 0.02 * Math.min(20, bar);
      mix.note(voices.pluck, time, 0.05, (chord[(step * 3) % 4] ?? 52) + 12 + (step % 8 === 7 ? 12 : 0), open, Math.sin(step * 1.3));
    }
    if (bar % 2 === 0) for (const [i, midi] of chord.entries()) mix.note(voices.pad, at, 8 * beat, midi, 0.4, (i - 1.5) / 2);
    if (bar >= 16 && bar < 30) for (const [i, offset] of [0, 1.5, 2.5, 3].entries()) mix.note(voices.lead, at + offset * beat, 0.45 * beat, (chord[(i + bar) % 4] ?? 52) + 24, 0.45, 0.2);
  });
  return mix.finish({ fadeOut: 1.5 });
}

/** C minor, 92, broken beat. One performance; the two tracks below are its halves, cut in the middle of a chord. */
function downtempo(): Int16Array<ArrayBuffer> {
  const beat = 60 / 92, mix = new Mix(94);
  const chords = [[48, 55, 58, 63], [44, 51, 60, 63], [41, 56, 60, 67], [43, 53, 59, 62]];
  bars(35, (bar) => {
    const at = bar * 4 * beat, chord = chords[bar % 4] ?? [];
    for (const [i, midi] of chord.entries()) mix.note(voices.organ, at + 0.02 * i, 3.6 * beat, midi + 12, 0.35, (i - 1.5) / 2);
    for (const [offset, length] of [[0, 1.2], [1.75, 0.4], [2.5, 1]] as const) mix.note(voices.bass, at + offset * beat, length * beat, (chord[0] ?? 48) - 12, 0.7);
    if (bar >= 4) {
      for (const offset of [0, 1.75, 2.5]) mix.kick(at + offset * beat, 0.9);
      for (const offset of [1, 3]) mix.snare(at + offset * beat, 0.75);
      for (let step = 0; step < 8; step++) mix.hat(at + (step * beat) / 2 + (step % 2) * 0.03, step % 2 === 0 ? 0.5 : 0.8, step === 7 && bar % 4 === 3);
    }
    if (bar >= 8) for (const [i, offset] of [0.5, 1, 2.25, 3.5].entries()) if ((bar * 5 + i * 3) % 4 !== 0) mix.note(voices.piano, at + offset * beat, 0.7 * beat, (chord[(bar + i) % 4] ?? 48) + 24, 0.55, i % 2 === 0 ? -0.4 : 0.4);
    if (bar >= 16 && bar % 2 === 0) mix.note(voices.lead, at + 2 * beat, 1.8 * beat, (chord[3] ?? 63) + 12, 0.4, 0);
    if (bar >= 20) mix.bell(at + 3 * beat, (chord[1] ?? 55) + 24, 0.4, bar % 2 === 0 ? -0.6 : 0.6);
  });
  return mix.finish({ fadeOut: 4, peak: 0.75 });
}

/** Samples per channel of the first half: not a multiple of any block, so that only a truly gapless player hides the cut. */
const cut = 47 * rate + 1234;

export const pieces: readonly Piece[] = [
  { file: "Ensemble Synthétique/Première lumière/01 - Aube sur la lagune", tags: { ...lumiere, title: "Aube sur la lagune", artist: "Ensemble Synthétique", number: 1, genre: "Ambient" }, render: aube },
  { file: "The Sample Grid/Pre-Roll & Tail/01 - Four to the Chunk", tags: { ...grid, title: "Four to the Chunk", artist: "The Sample Grid", number: 1, genre: "House;Electronic" }, render: preRoll },
  { file: "Ensemble Synthétique/Première lumière/02 - Három kis fuvallat", tags: { ...lumiere, title: "Három kis fuvallat", artist: "Ensemble Synthétique;Márta Vízöntő", number: 2, genre: "Minimal;Classical" }, render: fuvallat },
  { file: "The Sample Grid/Pre-Roll & Tail/02 - Sixty-Four Samples", tags: { ...grid, title: "Sixty-Four Samples", artist: "The Sample Grid", number: 2, genre: "Downtempo;Electronic" }, render: () => downtempo().slice(0, 2 * cut) },
  { file: "The Sample Grid/Pre-Roll & Tail/03 - Sixty-Four More", tags: { ...grid, title: "Sixty-Four More", artist: "The Sample Grid;Márta Vízöntő", number: 3, genre: "Downtempo;Electronic" }, render: () => downtempo().slice(2 * cut) },
  { file: "Ensemble Synthétique/Première lumière/03 - Nocturne à quatre voix", tags: { ...lumiere, title: "Nocturne à quatre voix", artist: "Ensemble Synthétique", number: 3, genre: "Classical" }, render: nocturne },
];
