/** Devices come and go; and what they may play, asked by the service that grants playbacks. */
import type { Plan } from "../../action.ts";
import type { Change } from "./changes.ts";
import { deviceNotFound, otherDevicePlaying } from "./errors.ts";
import { holding } from "./moves.ts";
import { plans } from "./plans.ts";
import { playingDevice } from "./position.ts";
import { making, seeing, unnamed } from "./report.ts";
import type { DeviceType, SessionState } from "./state.ts";

export interface Registration {
  readonly deviceId: string;
  readonly name: string;
  readonly type: DeviceType;
  readonly volume?: number | undefined;
}

export function decideRegister(state: SessionState, { deviceId, name, type, volume }: Registration, now: number): Change[] {
  const known = state.devices.get(deviceId);
  const loud = volume === undefined ? (known?.volume ?? 1) : Math.round(volume * 100) / 100;
  if (known !== undefined && known.name === name && known.type === type && known.volume === loud) return seeing(state, deviceId, now);
  return making(state, { do: "device", deviceId, name, type, volume: loud, at: now });
}

export function decideForget(state: SessionState, deviceId: string, now: number): Change[] {
  if (!state.devices.has(deviceId)) throw deviceNotFound(deviceId);
  const { playback, activeId } = state;
  return [...(activeId === deviceId && playback?.isPlaying === true ? holding(state, playback, { now, isPlaying: false }) : []), { do: "forget", deviceId }];
}

export interface Admission {
  readonly deviceId: string;
  readonly trackId: string;
  readonly playbackId: string;
}

/** A device is about to be granted a playback. While another one plays the plan says who may; who takes over has playback stand still there until it begins. */
export function decideAdmit(state: SessionState, { deviceId, trackId, playbackId }: Admission, plan: Plan, now: number): Change[] {
  const admit: Change = { do: "admit", playback: { playbackId, trackId, deviceId, flags: 0 } };
  const other = playingDevice(state, now);
  if (other === undefined || other === deviceId || state.playback === null) return [admit];
  if (plans[plan].second === "refused") throw otherDevicePlaying(other);
  const stopped = [admit, ...holding(state, state.playback, { now, isPlaying: false })];
  if (state.devices.has(deviceId)) return [...stopped, { do: "activate", deviceId }];
  // A play may be asked for by a device of any name; the session's have one that a URL can hold.
  if (!/^[\w-]{1,64}$/.test(deviceId)) return [...stopped, { do: "activate", deviceId: null }];
  return [...stopped, ...making(state, { do: "device", deviceId, ...unnamed, at: now }), { do: "activate", deviceId }];
}
