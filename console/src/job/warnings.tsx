import { jobWords } from "../words/job";
import { warningText } from "../words/warnings";
import type { Result } from "./result";

/** The warnings about the quality or the limits of a result. */
export function Warnings({ warnings }: Pick<Result, "warnings">) {
  if (warnings.length === 0) {
    return null;
  }
  return (
    <>
      <h2>{jobWords.warnings}</h2>
      <ul class="warnings">
        {warnings.map((warning) => <li key={warning.code}>{warningText(warning)} <code>{warning.code}</code></li>)}
      </ul>
    </>
  );
}
