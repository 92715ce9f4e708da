import type { Statistics, StatisticsWindow } from "../api/models";
import { type Column, Table } from "../parts/table";
import { dateTime, number } from "../words/formats";
import { statisticsWords } from "../words/statistics";

const COUNTS = ["submitted", "completed", "failed", "cancelled", "ended_per_hour"] as const;
type CountName = (typeof COUNTS)[number];

/** What happened in the last hour and the last day. */
export function WindowsSection({ windows: { last_hour: hour, last_day: day } }: Pick<Statistics, "windows">) {
  const columns: readonly Column<CountName>[] = [
    { title: statisticsWords.what, cell: (name) => statisticsWords.counts[name] },
    { title: statisticsWords.windows.last_hour, cell: (name) => count(name, hour), numeric: true },
    { title: statisticsWords.windows.last_day, cell: (name) => count(name, day), numeric: true },
  ];
  return (
    <section>
      <h2>{statisticsWords.recently}</h2>
      <Table caption={statisticsWords.recently} columns={columns} rows={COUNTS} keyOf={(name) => name} />
      <p class="quiet">{statisticsWords.since(dateTime(hour.since), dateTime(day.since))}</p>
    </section>
  );
}

function count(name: CountName, window: StatisticsWindow): string {
  return number(window[name], name === "ended_per_hour" ? 1 : 0);
}
