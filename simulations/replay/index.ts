export { exampleLog, type ExampleOptions } from "./example.ts";
export { actTypes, LogRefused, readLog, standingBounds, type ActType, type LogBounds, type LoggedAct, type ReadLog } from "./log.ts";
export { replay, type Fidelity, type ReplayPorts, type ReplayService } from "./player.ts";
export { scheduleOf, type ReplayAct, type ReplaySchedule } from "./schedule.ts";
export { faithful, replayTable, type Faithful } from "./table.ts";
