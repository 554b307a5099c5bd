/** Planted bug: a session never takes a silent device for dead. */
import { limits } from "../../../actors/session/model/limits.ts";

Object.assign(limits, { silentMs: 1e9 });
