import { describe, expect, it } from "vitest";
import { centreOf, flipped, type Grid, voxelAt } from "./coordinates";

/** Columns lead to the patient's left in steps of 2 mm, rows to the back in steps of 3, slices to the head in steps of 5. */
const STRAIGHT: Grid = {
  size: [4, 5, 6],
  affine: [
    [-2, 0, 0, 10],
    [0, -3, 0, 20],
    [0, 0, 5, -30],
    [0, 0, 0, 1],
  ],
};

/** The same, turned by 30 degrees about the axis from head to feet. */
const TURNED: Grid = {
  size: [40, 40, 10],
  affine: [
    [-Math.cos(Math.PI / 6), Math.sin(Math.PI / 6), 0, 7],
    [-Math.sin(Math.PI / 6), -Math.cos(Math.PI / 6), 0, 3],
    [0, 0, 2, -1],
    [0, 0, 0, 1],
  ],
};

describe("coordinates", () => {
  it("turn left and back around between LPS and RAS, and leave the head where it is", () => {
    expect(flipped([1, -2, 3])).toEqual([-1, 2, 3]);
    expect(flipped([0, 0, 0])).toEqual([0, 0, 0]);
  });

  it("find the voxel whose centre a point is in LPS", () => {
    expect(centreOf(STRAIGHT, [0, 0, 0])).toEqual([-10, -20, -30]);
    expect(centreOf(STRAIGHT, [1, 2, 3])).toEqual([-8, -14, -15]);
    expect(voxelAt(STRAIGHT, [-8, -14, -15])).toEqual([1, 2, 3]);
  });

  it("find each voxel of a turned grid again", () => {
    for (const voxel of [[0, 0, 0], [39, 1, 9], [17, 30, 4]] as const) {
      expect(voxelAt(TURNED, centreOf(TURNED, voxel))).toEqual(voxel);
    }
  });

  it("give a voxel all that is nearer to it than to its neighbours", () => {
    expect(voxelAt(STRAIGHT, [-7.1, -14, -15])).toEqual([1, 2, 3]);
    expect(voxelAt(STRAIGHT, [-6.9, -14, -15])).toEqual([2, 2, 3]);
  });

  it("give a point on the border of two voxels to the lower one, whatever its last digits are", () => {
    for (const noise of [-1e-4, 0, 1e-4]) {
      expect(voxelAt(STRAIGHT, [-7 + noise, -14, -15])).toEqual([1, 2, 3]);
    }
  });

  it("find no voxel outside of the image", () => {
    expect(voxelAt(STRAIGHT, [-11.5, -20, -30])).toBeNull();
    expect(voxelAt(STRAIGHT, [-10, -20, 100])).toBeNull();
  });

  it("find no voxel by a matrix without an inverse", () => {
    expect(voxelAt({ size: [1, 1, 1], affine: [[0], [0], [0]] }, [0, 0, 0])).toBeNull();
  });
});
