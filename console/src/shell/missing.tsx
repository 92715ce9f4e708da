import { Link } from "../parts/link";
import { Page } from "../parts/page";
import { shellWords } from "../words/shell";

/** The screen of an address that leads nowhere. */
export function Missing() {
  return (
    <Page title={shellWords.missingTitle} narrow>
      <p>{shellWords.missing}</p>
      <p>
        <Link to="jobs">{shellWords.toJobs}</Link>
      </p>
    </Page>
  );
}
