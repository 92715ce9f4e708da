import type { Statistics } from "../api/models";
import { type Column, Table } from "../parts/table";
import { number } from "../words/formats";
import { statisticsWords } from "../words/statistics";
import { type ReasonRow, reasonRows, reasonText } from "./reasons";

/** Why analyses failed. */
export function FailuresSection({ windows }: Pick<Statistics, "windows">) {
  const rows = reasonRows(windows);
  const columns: readonly Column<ReasonRow>[] = [
    { title: statisticsWords.reason, cell: ({ code }) => <Reason code={code} /> },
    { title: statisticsWords.windows.last_hour, cell: ({ lastHour }) => number(lastHour), numeric: true },
    { title: statisticsWords.windows.last_day, cell: ({ lastDay }) => number(lastDay), numeric: true },
  ];
  return (
    <section>
      <h2>{statisticsWords.failures}</h2>
      {rows.length === 0 ? (
        <p>{statisticsWords.noFailures}</p>
      ) : (
        <Table caption={statisticsWords.failures} columns={columns} rows={rows} keyOf={({ code }) => code} />
      )}
    </section>
  );
}

function Reason({ code }: { code: string }) {
  return (
    <>
      {reasonText(code)} <code>{code}</code>
    </>
  );
}
