import { number } from "../words/formats";
import { jobWords } from "../words/job";
import { Facts } from "../parts/facts";
import type { Result, SeriesReport } from "./result";

/** Where the numbers of a result come from. */
export function ProvenanceSection({ result }: { result: Result }) {
  const { provenance, series, files, notice } = result;
  if (provenance === null) {
    return null;
  }
  const { strategy, model } = provenance;
  const ignored = Object.values(files?.ignored ?? {}).reduce((sum, count) => sum + count, 0);
  const names = jobWords.strategies as Readonly<Record<string, string>>;
  return (
    <>
      <h2>{jobWords.provenance}</h2>
      <Facts
        facts={[
          [jobWords.strategy, names[strategy] ?? strategy],
          [jobWords.model, model === null ? jobWords.noModel : <Values values={model} />],
          [jobWords.analyzer, provenance.analyzer_version],
          [jobWords.series, series && seriesText(series.analysed)],
          [jobWords.otherSeries, series?.not_analysed.map(({ reason }) => reason).join(", ")],
          [jobWords.files, files && jobWords.filesOf(files.used, ignored)],
          [jobWords.input, <code class="breakable">{provenance.input_sha256}</code>],
          [jobWords.reusedFrom, provenance.reused_from && <code>{provenance.reused_from}</code>],
        ]}
      />
      <More title={jobWords.parameters} values={provenance.parameters} />
      <More title={jobWords.libraries} values={provenance.libraries} />
      <More title={jobWords.tags} values={provenance.tags_used} />
      <p class="quiet">{notice}</p>
    </>
  );
}

function seriesText({ modality, columns, rows, slices, spacing_mm: spacing }: SeriesReport["analysed"]): string {
  const size = [columns, rows, slices].map((count) => number(count)).join(" × ");
  return jobWords.seriesOf(modality, size, spacing.map((length) => number(length, 3)).join(" × "));
}

function More({ title, values }: { title: string; values: Readonly<Record<string, unknown>> }) {
  return (
    <details>
      <summary>{title}</summary>
      <Values values={values} />
    </details>
  );
}

/** Values as the analyzer writes them: their names are those of its settings. */
function Values({ values }: { values: Readonly<Record<string, unknown>> }) {
  return (
    <ul class="values">
      {Object.entries(values).map(([name, value]) => (
        <li key={name}>
          <code>{name}: {typeof value === "string" ? value : JSON.stringify(value)}</code>
        </li>
      ))}
    </ul>
  );
}
