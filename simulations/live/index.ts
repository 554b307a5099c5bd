export { callAt, type Call, type OpenLoop } from "./open-loop.ts";
export { Pacer, type Timers } from "./pacer.ts";
export { goFirst } from "./priority.ts";
export { type LoopTime } from "./loops.ts";
export { idleOf, runLive, type LiveOptions, type LiveTarget } from "./run.ts";
export { LightSocket, type LightOptions, type OnEvent } from "./socket.ts";
export { validityLimits, whyInvalid, type Health } from "./validity.ts";
export { HttpService, type Question, type ServiceOptions } from "./service.ts";
export { familyCpuS, host, hostCpuS, processCpuS, Processes } from "./machine.ts";
