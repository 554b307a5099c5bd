/**
 * Listening events: each that a done operation stands for is in the log once, and was there before anybody could know of the operation, by
 * an answer, by what was told or by a copy in the mirror. None is there of what no turn ever did.
 */
import { ringOf, type Pressed } from "../actor.ts";
import { acknowledged, type SoftChecker } from "./evidence.ts";

export const logged: SoftChecker = ({ record, history, limits, situations }) => {
  const violations: { checker: string; message: string }[] = [];
  const wrong = (message: string) => violations.push({ checker: "logged", message });
  const { log, lives, standing } = record;
  const offered = record.appended.flatMap(({ key, items, calledAt }) => [...items].map((item) => ({ name: `${key} ${item}`, calledAt })));
  situations.saw("a listening event was offered to the log again, which had it", offered.some(({ name, calledAt }) => (log.get(name)?.[0] ?? Infinity) < calledAt));
  // All rings of a turn go together.
  for (const { key, items } of record.appended) if ([...items].filter((item) => !item.endsWith(ringOf(""))).length > limits.loggedAtOnce) wrong(`${items.size} events of ${key} were offered at once, of at most ${limits.loggedAtOnce}`);
  for (const [name, times] of log) if (times.length > 1) wrong(`${name} is in the log ${times.length} times`);
  for (const { key, opId } of acknowledged(history)) if (standing.has(`${key} ${opId}`) && !log.has(`${key} ${opId}`)) wrong(`${opId} of ${key} was acknowledged and is not in the log`);

  const done = new Set([...lives.values()].flatMap(({ key, items }) => items.map((item) => `${key} ${item}`)));
  for (const name of log.keys()) if (!done.has(name)) wrong(`${name} is in the log, and no turn did it`);

  const answers = record.answers.flatMap(({ at, answer }) => {
    const reply = "ok" in answer ? (answer.ok as Partial<Pressed> | null) : null;
    return reply?.by === undefined || reply.count === undefined ? [] : [{ at, by: reply.by, count: reply.count, how: "answered" }];
  });
  const shown = [...answers, ...record.told.map(({ at, by, count }) => ({ at, by, count, how: "told" })), ...record.saved.map(({ calledAt, by, count }) => ({ at: calledAt, by, count, how: "mirrored" }))];
  const seen = new Map<string, number>();
  for (const { at, by, count, how } of shown.toSorted((one, other) => one.at - other.at)) {
    const life = lives.get(by);
    if (life === undefined) continue;
    for (let place = seen.get(by) ?? 0; place < count; place++) {
      const name = `${life.key} ${life.items[place]}`;
      const since = log.get(name)?.[0];
      if (standing.has(name) && (since === undefined || since > at)) wrong(`${name} was ${how} at ${at.toFixed(1)} ms by ${by} and came into the log at ${since?.toFixed(1) ?? "no time"}`);
    }
    seen.set(by, Math.max(seen.get(by) ?? 0, count));
  }
  return violations;
};
