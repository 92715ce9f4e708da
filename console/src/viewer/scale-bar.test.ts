import { expect, it } from "vitest";
import { barLength } from "./scale-bar";

it("a scale bar is 1, 2 or 5 times a power of ten, and at most two fifths of the width", () => {
  expect([320, 125, 51, 24, 5, 0.6].map(barLength)).toEqual([100, 50, 20, 5, 2, 0.2]);
});
