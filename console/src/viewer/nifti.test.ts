import { expect, it } from "vitest";
import { labelMapOf } from "./nifti";

function mask(type: number): ArrayBuffer {
  const content = new ArrayBuffer(352 + 2 * 24);
  const header = new DataView(content);
  [3, 2, 3, 4].forEach((count, index) => header.setInt16(40 + 2 * index, count, true));
  header.setInt16(70, type, true);
  header.setFloat32(108, 352, true);
  [-2, 0, 0, 10, 0, -3, 0, 20, 0, 0, 5, -30].forEach((value, index) => header.setFloat32(280 + 4 * index, value, true));
  header.setInt16(352 + 2 * 23, 7, true);
  return content;
}

it("a mask has the size, the matrix and the labels of its file", () => {
  const { grid, labels } = labelMapOf(mask(4));
  expect(grid.size).toEqual([2, 3, 4]);
  expect(grid.affine).toEqual([[-2, 0, 0, 10], [0, -3, 0, 20], [0, 0, 5, -30]]);
  expect([labels.length, labels[22], labels[23]]).toEqual([24, 0, 7]);
});

it("a mask of other numbers is refused instead of shown wrong", () => {
  expect(() => labelMapOf(mask(16))).toThrow("int16");
});
