/** Every claim about meters that is checked at the end of a run. */
import type { Violation } from "../../history.ts";
import type { SoftEvidence } from "./evidence.ts";
import { kept } from "./kept.ts";
import { logged } from "./logged.ts";
import { owners } from "./owners.ts";
import { repeated } from "./repeated.ts";
import { timers } from "./timers.ts";
import { told } from "./told.ts";

export const checkMeters = (evidence: SoftEvidence): Violation[] => [logged, told, owners, kept, timers, repeated].flatMap((checker) => checker(evidence));
