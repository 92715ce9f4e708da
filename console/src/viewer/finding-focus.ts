import { type Signal, signal } from "@preact/signals";
import type { Point } from "./coordinates";

/** What keeps the list of the findings and the image in step. */
export interface FindingFocus {
  /** The number of the finding at the crosshair, or null. The image says it, and the list marks the row. */
  readonly current: Signal<number | null>;
  /** Where the list asked the crosshair to go to last: a new object each time. */
  readonly asked: Signal<{ readonly lps: Point } | null>;
}

/** Return a focus on nothing. */
export function findingFocus(): FindingFocus {
  return { current: signal<number | null>(null), asked: signal<{ readonly lps: Point } | null>(null) };
}
