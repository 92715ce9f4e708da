import { type Column, Table } from "../parts/table";
import { cssColour } from "../viewer/finding-colours";
import type { FindingFocus } from "../viewer/finding-focus";
import { number, percent } from "../words/formats";
import { jobWords } from "../words/job";
import { findingWords } from "../words/findings";
import type { Finding } from "./result";

interface FindingsTableProps {
  findings: readonly Finding[];
  focus: FindingFocus;
}

/** A finding with its number: that of its label in the mask, of its segment in the SEG, and of its colour. */
interface Row {
  readonly number: number;
  readonly finding: Finding;
}

/** The findings, with their numbers; the one at the crosshair is marked, and a click takes the crosshair to another. */
export function FindingsTable({ findings, focus }: FindingsTableProps) {
  const rows = findings.map((finding, index) => ({ number: index + 1, finding }));
  if (rows.length === 0) {
    return <p>{findingWords.none}</p>;
  }
  return (
    <Table
      caption={jobWords.findings}
      columns={[nameColumn(focus), ...columns(), placeColumn(), remarksColumn()]}
      rows={rows}
      keyOf={(row) => row.number}
      isCurrent={(row) => row.number === focus.current.value}
    />
  );
}

function nameColumn(focus: FindingFocus): Column<Row> {
  const cell = ({ number: count, finding }: Row) => (
    <button type="button" class="button finding" onClick={() => ask(focus, finding)}>
      <span class="swatch" style={{ backgroundColor: cssColour(count) }} />
      {findingWords.named(count, finding.type)}
    </button>
  );
  return { title: findingWords.finding, cell };
}

function ask(focus: FindingFocus, { location_lps_mm: centre }: Finding): void {
  if (centre) {
    focus.asked.value = { lps: [centre.x, centre.y, centre.z] };
  }
}

function columns(): readonly Column<Row>[] {
  const numeric = (title: string, cell: (finding: Finding) => string): Column<Row> => ({
    title,
    cell: ({ finding }) => cell(finding),
    numeric: true,
  });
  return [
    numeric(findingWords.volume, ({ volume }) => findingWords.cubic(volume)),
    numeric(findingWords.diameters, ({ long_axis_mm: long, short_axis_mm: short }) => lengths([long, short])),
    numeric(findingWords.axes, ({ axes_mm: axes }) => lengths(axes ?? [])),
    numeric(findingWords.density, ({ hu }) => (hu ? findingWords.hounsfield(hu.mean, hu.sd) : "—")),
    numeric(findingWords.confidence, ({ confidence }) => (confidence === null ? "—" : percent(confidence))),
  ];
}

function lengths(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? "—" : `${known.map((value) => number(value, 1)).join(" × ")} ${findingWords.mm}`;
}

function placeColumn(): Column<Row> {
  const cell = ({ finding: { location, location_lps_mm: lps } }: Row) => (
    <>
      {lps && <span class="nowrap">{[lps.x, lps.y, lps.z].map((value) => number(value, 1)).join("; ")} {findingWords.mm}</span>}
      <span class="quiet nowrap"> {findingWords.voxel([location.x, location.y, location.z])}</span>
    </>
  );
  return { title: findingWords.location, cell };
}

function remarksColumn(): Column<Row> {
  const cell = ({ finding }: Row) =>
    [
      finding.source && findingWords.sources[finding.source],
      finding.truncated && findingWords.truncated,
      finding.lossy && findingWords.lossy,
      finding.gap && findingWords.gap,
    ]
      .filter(Boolean)
      .join("; ");
  return { title: findingWords.remarks, cell };
}
