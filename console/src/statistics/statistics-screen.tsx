import { Page } from "../parts/page";
import { statisticsWords } from "../words/statistics";
import { StatisticsView } from "./statistics-view";

/** Statistics of the user's own jobs. */
export default function StatisticsScreen() {
  return (
    <Page title={statisticsWords.title}>
      <StatisticsView scope="own" />
    </Page>
  );
}
