import type { Point } from "./coordinates";

/** What is shown: one plane, or the three of them together. */
export const PLANES = ["axial", "coronal", "sagittal", "all"] as const;
/** One of them. */
export type Plane = (typeof PLANES)[number];

type Direction = "left" | "right" | "up" | "down" | "next" | "previous";

/**
 * The step in RAS that leads in a direction of the screen.
 *
 * Images lie as radiologists look at them: the patient's left on the right of the screen, the front at the top of an axial and at the
 * left of a sagittal plane. The next slice is the one towards the head, the front or the left.
 */
const STEPS: Readonly<Record<Plane, Readonly<Record<Direction, Point>>>> = {
  axial: steps([-1, 0, 0], [0, 1, 0], [0, 0, 1]),
  coronal: steps([-1, 0, 0], [0, 0, 1], [0, 1, 0]),
  sagittal: steps([0, -1, 0], [0, 0, 1], [-1, 0, 0]),
  all: steps([-1, 0, 0], [0, 1, 0], [0, 0, 1]),
};

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "next",
  PageDown: "previous",
};

/** Return the step of the crosshair, in voxels along right, front and head, that a key asks for; null for another key. */
export function stepOf(plane: Plane, key: string): Point | null {
  const direction = KEYS[key];
  return direction === undefined ? null : STEPS[plane][direction];
}

/** Return the plane that a digit chooses, from 1 on; null for another key. */
export function planeOf(key: string): Plane | null {
  return PLANES[Number(key) - 1] ?? null;
}

function steps(right: Point, up: Point, next: Point): Readonly<Record<Direction, Point>> {
  const back = ([x, y, z]: Point): Point => [-x, -y, -z];
  return { right, left: back(right), up, down: back(up), next, previous: back(next) };
}
