import { lazy } from "../parts/lazy";
import type { ColourName } from "./colours";

/** The values of one kind, a bar in each group. */
export interface Series {
  readonly name: string;
  readonly colour: ColourName;
  readonly values: readonly number[];
}

/** What a chart draws. */
export interface ChartProps {
  /** What it shows, in words. */
  title: string;
  groups: readonly string[];
  series: readonly Series[];
  /** Return a value of the y axis in words. */
  format: (value: number) => string;
  /** Whether the values are counts, so that there is nothing between two whole numbers. */
  counts?: boolean;
}

const BarChart = lazy<ChartProps>(() => import("./bar-chart"));

/** A chart with its title and, where it has several series, what their colours mean. Its library is asked for here. */
export function Chart(props: ChartProps) {
  return (
    <figure class="chart">
      <figcaption>
        {props.title}
        {props.series.length > 1 && <Legend series={props.series} />}
      </figcaption>
      <BarChart {...props} />
    </figure>
  );
}

function Legend({ series }: Pick<ChartProps, "series">) {
  return (
    <ul class="legend">
      {series.map(({ name, colour }) => (
        <li key={name}>
          <span class="legend-colour" style={{ backgroundColor: `var(${colour})` }} />
          {name}
        </li>
      ))}
    </ul>
  );
}
