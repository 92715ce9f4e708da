import type { Grid } from "./coordinates";
import type { LabelMap } from "./label-map";

const SIZE_AT = 42;
const TYPE_AT = 70;
const DATA_AT = 108;
const AFFINE_AT = 280;
const INT16 = 4;

/** Return the label map that an unpacked mask.nii.gz holds: NIfTI-1, little-endian, int16, with an `sform`, as the analyzer writes it. */
export function labelMapOf(content: ArrayBuffer): LabelMap {
  const header = new DataView(content);
  if (header.getInt16(TYPE_AT, true) !== INT16) {
    throw new Error("mask.nii.gz is not int16");
  }
  return { grid: gridOf(header), labels: new Int16Array(content, header.getFloat32(DATA_AT, true)) };
}

function gridOf(header: DataView): Grid {
  const size = (axis: number) => header.getInt16(SIZE_AT + 2 * axis, true);
  const row = (index: number) => [0, 1, 2, 3].map((column) => header.getFloat32(AFFINE_AT + 16 * index + 4 * column, true));
  return { size: [size(0), size(1), size(2)], affine: [row(0), row(1), row(2)] };
}
