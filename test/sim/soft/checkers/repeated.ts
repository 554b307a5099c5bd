/** An operation that comes again is answered as the first time, as long as it is remembered: in one life, and over a hand-over or a loss as the mirror had it. */
import type { SimProcess } from "../../process.ts";
import type { Press, Pressed } from "../actor.ts";
import type { SoftChecker } from "./evidence.ts";

/** Clocks run at different speeds. */
const clockShare = 0.95;

export const repeated: SoftChecker = ({ record, limits, situations }) => {
  const violations: { checker: string; message: string }[] = [];
  const presses = record.answers.filter(({ call, answer }) => call.method === "press" && "ok" in answer);
  for (const [name, answers] of Map.groupBy(presses, ({ key, call }) => `${key} ${(call.params as Press).opId}`)) {
    const opId = name.slice(name.indexOf(" ") + 1);
    let first: { readonly process: SimProcess; readonly calledAt: number; readonly reply: Pressed } | undefined;
    for (const { process, calledAt, at, answer } of answers) {
      const reply = ("ok" in answer ? answer.ok : undefined) as Pressed;
      const before = first;
      first = { process, calledAt, reply };
      const life = record.lives.get(reply.by);
      if (before === undefined || life === undefined) continue;
      if (before.reply.by === reply.by && before.reply.count === reply.count) {
        situations.saw("an operation of a soft actor came again at another owner and was answered as the first time", before.process !== process);
        continue;
      }
      const isHere = before.reply.by === reply.by;
      // The copy that its actor went on from was older than the repetition.
      if (isHere && reply.count < before.reply.count) continue;
      const known = [...(isHere ? [] : life.load.remembered), ...life.ops.map((op) => op.opId)];
      const again = known.length - life.ops.length + life.ops.findIndex((op) => op.opId === opId && op.count === reply.count);
      // An actor that nobody calls forgets them after a while.
      const since = isHere ? before.calledAt : life.load.calledAt;
      const was = again <= 0 ? -1 : known.lastIndexOf(opId, again - 1);
      if (was >= 0 && again - was <= limits.softOpIds && at - since < limits.softPackAfterMs * clockShare) violations.push({ checker: "repeated", message: `${name} was answered with ${JSON.stringify(reply)} at ${at.toFixed(1)} ms, after ${JSON.stringify(before.reply)}, and is remembered` });
    }
  }
  return violations;
};
