/** Runs an errand: a search, an edit, or a return with all that it brings. Operations: `search`, `edit`, `session`, `event`; of a star `play` and `report`. */
import type { Recorder } from "../run/index.ts";
import type { Errand } from "../scenario/index.ts";
import type { ListeningService, Visitor } from "./visitor.ts";

export interface ErrandService {
  search(visitor: Visitor, term: number, done: (outcome: string) => void): void;
  /** `number`: of the edit, different for each. */
  edit(visitor: Visitor, playlist: number, number: string, done: (outcome: string) => void): void;
  /** What his devices and queue are. */
  session(visitor: Visitor, done: (outcome: string) => void): void;
}

export interface ErrandPorts {
  readonly service: ErrandService & ListeningService;
  readonly recorder: Recorder;
  now(): number;
}

/** `at`: when it was meant to begin, as the ports' clock. `trackId`: of what was heard meanwhile. */
export function errand(what: Errand, visitor: Visitor, trackId: string, { service, recorder, now }: ErrandPorts, at: number): void {
  const number = `${what.kind}-${what.number}`;
  switch (what.kind) {
    case "search": {
      const operation = recorder.leave("search", at);
      return service.search(visitor, what.term, (outcome) => operation.end(outcome));
    }
    case "edit": {
      const operation = recorder.leave("edit", at);
      return service.edit(visitor, what.playlist, number, (outcome) => operation.end(outcome));
    }
    case "star": {
      const operation = recorder.leave("play", at);
      return service.play(visitor, trackId, (outcome, grant) => {
        operation.end(outcome);
        if (grant === undefined) return;
        const report = recorder.leave("report", now());
        service.report(visitor, { playbackId: grant.playbackId, trackId, positionMs: 0 }, (said) => report.end(said));
      });
    }
    case "return": {
      // In the order of a player: what is, then what he heard, then what he changed; one after the other.
      const steps: (() => void)[] = [];
      const next = () => steps.shift()?.();
      const step = (kind: string, ask: (done: (outcome: string) => void) => void) => steps.push(() => {
        const operation = recorder.leave(kind, steps.length === total - 1 ? at : now());
        ask((outcome) => {
          operation.end(outcome);
          next();
        });
      });
      const total = 1 + what.events + what.edits;
      step("session", (done) => service.session(visitor, done));
      for (let n = 0; n < what.events; n++) {
        step("event", (done) => service.event(visitor, { type: "complete", playbackId: `${number}-${n}`, trackId, positionMs: 200_000, heardMs: 200_000, atMs: at - (n + 1) * 200_000 }, done));
      }
      for (let n = 0; n < what.edits; n++) step("edit", (done) => service.edit(visitor, what.playlist, `${number}-${n}`, done));
      next();
    }
  }
}
