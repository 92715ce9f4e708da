import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../shell/theme";
import { locale } from "../words/language";
import { barsOf } from "./bars";
import type { ChartProps } from "./chart";
import { colourOf } from "./colours";

const HEIGHT = 240;
const AXIS_WIDTH = 96;
/** A letter of a group's name takes about as much, in pixels; where the longest does not fit, the names stand aslant. */
const LETTER_WIDTH = 8;
const STRAIGHT = { rotate: 0, size: 32 };
const ASLANT = { rotate: -40, size: 84 };
const DIGITS = [1, 2, 5];
/** Steps of an axis that counts: nobody has half a job. */
const WHOLE_STEPS = Array.from({ length: 30 }, (_, step) => (DIGITS[step % 3] ?? 1) * 10 ** Math.floor(step / 3));

/** Bars in groups, drawn on a canvas. What it shows stands in a table too: a screen reader passes it over. */
export default function BarChart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const device = useDeviceColours();
  useEffect(() => {
    if (host.current === null || width === 0) {
      return undefined;
    }
    const { places, columns, middles } = barsOf(props.series.map(({ values }) => values));
    const data = [[...places], ...columns.map((column) => [...column])] as uPlot.AlignedData;
    const chart = new uPlot(optionsOf(props, middles, width, host.current), data, host.current);
    return () => chart.destroy();
  }, [width, theme.value, device, locale.value, JSON.stringify(props)]);
  return <div class="chart-canvas" aria-hidden="true" ref={host} />;
}

function optionsOf(props: ChartProps, middles: readonly number[], width: number, host: HTMLElement): uPlot.Options {
  const { groups, series } = props;
  const last = groups.length * (series.length + 1) - 2;
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [-0.6, last + 0.6] }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: axesOf(props, middles, width, host),
    series: [{}, ...series.map(({ colour }) => barSeries(colourOf(host, colour)))],
  };
}

function axesOf({ groups, format, counts = false }: ChartProps, middles: readonly number[], width: number, host: HTMLElement) {
  const font = `13px ${getComputedStyle(host).fontFamily}`;
  const axis: uPlot.Axis = { stroke: colourOf(host, "--quiet"), font, ticks: { show: false } };
  const longest = Math.max(...groups.map((name) => name.length));
  const slope = (width - AXIS_WIDTH) / groups.length < longest * LETTER_WIDTH ? ASLANT : STRAIGHT;
  const names: uPlot.Axis = { grid: { show: false }, splits: () => [...middles], values: () => [...groups] };
  const steps = counts ? { incrs: WHOLE_STEPS } : {};
  const grid = { stroke: colourOf(host, "--line"), width: 1 };
  const values: uPlot.Axis.Values = (_, shown) => shown.map((value) => format(value));
  return [{ ...axis, ...slope, ...names }, { ...axis, ...steps, grid, size: AXIS_WIDTH, values }];
}

function barSeries(colour: string): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.9, 64] });
  return { fill: colour, stroke: colour, width: 0, points: { show: false }, ...(paths && { paths }) };
}

/** Return the width that an element has now. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (element.current !== null) {
      observer.observe(element.current);
    }
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Return whether the device prefers dark colours now: a canvas does not follow them by itself. */
function useDeviceColours(): boolean {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const changed = (event: MediaQueryListEvent) => setDark(event.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return isDark;
}
