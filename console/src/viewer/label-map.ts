import { type Grid, type Point, voxelAt } from "./coordinates";

/** Which finding each voxel of the image belongs to: its number, or 0. */
export interface LabelMap {
  readonly grid: Grid;
  /** Column by column, then row by row, then slice by slice. */
  readonly labels: Int16Array<ArrayBuffer>;
}

/** A place in the image. */
export interface Place {
  readonly lps: Point;
  /** Its voxel in image.nii.gz and mask.nii.gz, from 0; null outside of them, or as long as they are not there. */
  readonly voxel: Point | null;
  /** The number of the finding that it lies in, or null. */
  readonly finding: number | null;
}

/** Return what is known of a place. */
export function placeOf(lps: Point, map: LabelMap | null): Place {
  const voxel = map && voxelAt(map.grid, lps);
  return { lps, voxel, finding: map && voxel ? labelAt(map, voxel) || null : null };
}

/**
 * Return the labels on the grid of the preview, whose voxels are blocks of those of the image.
 *
 * A block has a label as soon as one of its voxels has: else small findings would be missing where the preview is all that is shown.
 */
export function reduced({ grid, labels }: LabelMap, size: Point): Int16Array<ArrayBuffer> {
  const [columns, rows, slices] = grid.size;
  const [blockX, blockY, blockZ] = [0, 1, 2].map((axis) => Math.ceil((grid.size[axis] ?? 1) / (size[axis] ?? 1)));
  const small = new Int16Array(size[0] * size[1] * size[2]);
  let from = 0;
  for (let z = 0; z < slices; z += 1) {
    for (let y = 0; y < rows; y += 1) {
      const row = size[0] * (Math.floor(y / (blockY ?? 1)) + size[1] * Math.floor(z / (blockZ ?? 1)));
      for (let x = 0; x < columns; x += 1, from += 1) {
        const label = labels[from];
        if (label) {
          small[row + Math.floor(x / (blockX ?? 1))] = label;
        }
      }
    }
  }
  return small;
}

function labelAt({ grid, labels }: LabelMap, [x, y, z]: Point): number {
  const [columns, rows] = grid.size;
  return labels[x + columns * (y + rows * z)] ?? 0;
}
