/**
 * A point this near to the border of two voxels belongs to the lower one, whatever graphics make of its last digits: each voxel of a preview
 * has its centre on such a border.
 */
const BORDER = 1e-3;

/** A point or a direction: x, y, z. */
export type Point = readonly [number, number, number];

/** The grid of an image: its number of voxels along each axis, and the rows of its matrix from voxels to RAS mm. */
export interface Grid {
  readonly size: Point;
  readonly affine: readonly (readonly number[])[];
}

/** Return a point in LPS mm, as DICOM and the results have it, of one in RAS mm, as NIfTI has it; and the other way round. */
export function flipped([x, y, z]: Point): Point {
  // Adding 0 turns the negative zero into zero.
  return [-x + 0, -y + 0, z];
}

/** Return the voxel of a grid that holds a point in LPS mm, or null outside of the grid. */
export function voxelAt(grid: Grid, lps: Point): Point | null {
  const exact = solved(grid.affine, flipped(lps));
  const voxel = exact?.map((value) => Math.round(value - BORDER) + 0);
  const isInside = voxel?.every((index, axis) => index >= 0 && index < (grid.size[axis] ?? 0));
  return voxel && isInside ? (voxel as unknown as Point) : null;
}

/** Return the centre of a voxel in LPS mm. */
export function centreOf(grid: Grid, voxel: Point): Point {
  const along = (row: number) => {
    const [a = 0, b = 0, c = 0, offset = 0] = grid.affine[row] ?? [];
    return a * voxel[0] + b * voxel[1] + c * voxel[2] + offset;
  };
  return flipped([along(0), along(1), along(2)]);
}

/** Solve affine · voxel = point by Cramer's rule; null for a matrix without an inverse. */
function solved(affine: Grid["affine"], point: Point): Point | null {
  const column = (index: number): Point => [0, 1, 2].map((row) => affine[row]?.[index] ?? 0) as unknown as Point;
  const [a, b, c, offset] = [column(0), column(1), column(2), column(3)];
  const target: Point = [point[0] - offset[0], point[1] - offset[1], point[2] - offset[2]];
  const volume = determinant(a, b, c);
  if (volume === 0) {
    return null;
  }
  return [determinant(target, b, c) / volume, determinant(a, target, c) / volume, determinant(a, b, target) / volume];
}

function determinant(a: Point, b: Point, c: Point): number {
  return (
    a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1])
  );
}
