import { expect, it } from "vitest";
import { cssColour, findingColour, labelColours } from "./finding-colours";

it("findings have the colours of their segments in the DICOM SEG", () => {
  // Python: [round(255 * part) for part in colorsys.hsv_to_rgb((number - 1) * (5**0.5 - 1) / 2 % 1, 0.75, 1)]
  expect([1, 2, 3, 50].map(findingColour)).toEqual([[255, 64, 64], [64, 120, 255], [175, 255, 64], [121, 255, 64]]);
});

it("the first hundred findings have a hundred colours", () => {
  const colours = Array.from({ length: 100 }, (_, index) => cssColour(index + 1));
  expect(new Set(colours).size).toBe(100);
});

it("a label map draws each finding in its colour, and nothing where there is none", () => {
  const { R, G, B, A, I } = labelColours(2);
  expect(I).toEqual([0, 1, 2]);
  expect(A).toEqual([0, 255, 255]);
  expect([1, 2].map((label) => [R[label], G[label], B[label]])).toEqual([1, 2].map((number) => [...findingColour(number)]));
});
