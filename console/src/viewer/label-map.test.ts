import { expect, it } from "vitest";
import { type LabelMap, placeOf, reduced } from "./label-map";

const IDENTITY = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [0, 0, 1, 0],
];

/** Finding 2 is one voxel: column 1, row 2, slice 3. */
const MAP: LabelMap = {
  grid: { size: [3, 4, 5], affine: IDENTITY },
  labels: Int16Array.from({ length: 60 }, (_, index) => (index === 1 + 3 * (2 + 4 * 3) ? 2 : 0)),
};

it("a place in a finding has its number", () => {
  expect(placeOf([1, 2, 3], MAP)).toEqual({ lps: [1, 2, 3], voxel: [1, 2, 3], finding: 2 });
});

it("a place beside all findings has no number", () => {
  expect(placeOf([2, 1, 3], MAP)).toEqual({ lps: [2, 1, 3], voxel: [2, 1, 3], finding: null });
});

it("a place outside of the image, or before the mask is there, has no voxel", () => {
  expect(placeOf([9, 9, 9], MAP)).toEqual({ lps: [9, 9, 9], voxel: null, finding: null });
  expect(placeOf([1, 2, 3], null)).toEqual({ lps: [1, 2, 3], voxel: null, finding: null });
});

it("a block of the preview has the label of any of its voxels, at the border too", () => {
  const labels = new Int16Array(5 * 2 * 3);
  labels[1 + 5 * (1 + 2 * 0)] = 1;
  labels[4 + 5 * (0 + 2 * 2)] = 2;
  const small = reduced({ grid: { size: [5, 2, 3], affine: IDENTITY }, labels }, [3, 1, 2]);
  expect([...small]).toEqual([1, 0, 0, 0, 0, 2]);
});
