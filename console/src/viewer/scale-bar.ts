const MAX_SHARE = 0.4;

/** Return the length in mm of a scale bar: 1, 2 or 5 times a power of ten, and at most two fifths of a width in mm. */
export function barLength(width: number): number {
  const most = width * MAX_SHARE;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([5, 2, 1].find((step) => step * power <= most) ?? 1) * power;
}
