/** The values that are drawn as black and as white; all others lie between. */
export interface Window {
  readonly low: number;
  readonly high: number;
}

/** The windows of CT that readers know by name, in HU. */
export const PRESETS = {
  lung: around(-600, 1500),
  mediastinum: around(40, 400),
  bone: around(500, 2000),
  softTissue: around(50, 350),
} as const;
/** The name of one. */
export type Preset = keyof typeof PRESETS;

/** Return the name of a window, or null if it has none. */
export function presetOf(window: Window | null): Preset | null {
  const names = Object.keys(PRESETS) as Preset[];
  return names.find((name) => window !== null && isSame(PRESETS[name], window)) ?? null;
}

/** Return whether two windows draw alike. */
export function isSame(one: Window | null, other: Window | null): boolean {
  return one?.low === other?.low && one?.high === other?.high;
}

/** Return the level (middle) and the width of a window, as radiologists name it. */
export function levelAndWidth({ low, high }: Window): { level: number; width: number } {
  return { level: Math.round((low + high) / 2), width: Math.round(high - low) };
}

function around(level: number, width: number): Window {
  return { low: level - width / 2, high: level + width / 2 };
}
