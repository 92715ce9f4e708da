/** Groups of bars side by side, as uPlot draws them: every bar has a place of its own on the x axis. */
export interface Bars {
  /** The places, from 0. */
  readonly places: readonly number[];
  /** The values of each series at every place; null where a bar of another series stands. */
  readonly columns: readonly (readonly (number | null)[])[];
  /** The middle of each group, where its name stands. */
  readonly middles: readonly number[];
}

/** Return the bars of series that have a value in each of the same groups, with a free place after each group. */
export function barsOf(series: readonly (readonly number[])[]): Bars {
  const width = series.length + 1;
  const groups = series[0]?.length ?? 0;
  const places = Array.from({ length: groups * width - 1 }, (_, place) => place);
  return {
    places,
    columns: series.map((values, index) => places.map((place) => valueAt(values, place, index, width))),
    middles: Array.from({ length: groups }, (_, group) => group * width + (series.length - 1) / 2),
  };
}

function valueAt(values: readonly number[], place: number, index: number, width: number): number | null {
  return place % width === index ? (values[Math.floor(place / width)] ?? null) : null;
}
