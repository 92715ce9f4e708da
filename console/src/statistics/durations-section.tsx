import type { Durations, Statistics, StatisticsWindow } from "../api/models";
import { type Column, Table } from "../parts/table";
import { duration, number } from "../words/formats";
import { statisticsWords } from "../words/statistics";
import { Chart } from "./chart";

const MEASURES = ["mean", "p50", "p95", "max"] as const;
const WINDOWS = ["last_hour", "last_day"] as const;
type WindowName = (typeof WINDOWS)[number];

interface Row {
  readonly name: string;
  readonly durations: Durations;
}

/** How long jobs waited and how long their analyses ran. */
export function DurationsSection({ windows }: Pick<Statistics, "windows">) {
  const rows = WINDOWS.flatMap((name) => rowsOf(name, windows[name]));
  return (
    <section>
      <h2>{statisticsWords.durations}</h2>
      <Table caption={statisticsWords.durations} columns={columns()} rows={rows} keyOf={({ name }) => name} />
      <p class="quiet">{statisticsWords.estimates}</p>
      <div class="charts">
        {WINDOWS.map((name) => <DurationsChart key={name} name={name} window={windows[name]} />)}
      </div>
    </section>
  );
}

function rowsOf(window: WindowName, { waiting_seconds: waiting, running_seconds: running }: StatisticsWindow): readonly Row[] {
  const named = (what: string) => `${what}, ${statisticsWords.windows[window]}`;
  return [
    { name: named(statisticsWords.waiting), durations: waiting },
    { name: named(statisticsWords.running), durations: running },
  ];
}

function columns(): readonly Column<Row>[] {
  return [
    { title: statisticsWords.what, cell: ({ name }) => name },
    { title: statisticsWords.count, cell: ({ durations }) => number(durations.count), numeric: true },
    ...MEASURES.map((measure) => ({
      title: statisticsWords.measures[measure],
      cell: ({ durations }: Row) => seconds(durations[measure]),
      numeric: true,
    })),
  ];
}

function seconds(value: number | null): string {
  return value === null ? "—" : duration(value);
}

/** The durations of a window as bars: a long tail is seen at once. */
function DurationsChart({ name, window }: { name: WindowName; window: StatisticsWindow }) {
  const { waiting_seconds: waiting, running_seconds: running } = window;
  if (waiting.count + running.count === 0) {
    return null;
  }
  const valuesOf = (durations: Durations) => MEASURES.map((measure) => durations[measure] ?? 0);
  return (
    <Chart
      title={`${statisticsWords.durations}, ${statisticsWords.windows[name]}`}
      groups={MEASURES.map((measure) => statisticsWords.shortMeasures[measure])}
      series={[
        { name: statisticsWords.waiting, colour: "--gold", values: valuesOf(waiting) },
        { name: statisticsWords.running, colour: "--accent", values: valuesOf(running) },
      ]}
      format={duration}
    />
  );
}
