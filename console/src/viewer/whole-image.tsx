import { Button } from "../parts/button";
import { Notice } from "../parts/notice";
import { ProblemNotice } from "../parts/problem-notice";
import { Progress } from "../parts/progress";
import { viewerWords } from "../words/viewer";
import type { ImageLoading } from "./loading";

/** How much of the image is shown, and the way to all of it. */
export function WholeImage({ loading, showWhole }: { loading: ImageLoading; showWhole: () => void }) {
  const [detail, problem] = [loading.detail.value, loading.problem.value];
  if (problem) {
    return <ProblemNotice problem={problem} {...(detail === "preview" && { onRetry: showWhole })} />;
  }
  if (detail === "none" || detail === "asked") {
    const label = detail === "none" ? viewerWords.loadingPreview : viewerWords.loadingWhole;
    return (
      <div class="loading" role="status">
        {label} <Progress share={loading.share.value} label={label} />
      </div>
    );
  }
  const whole = <Button onClick={showWhole}>{viewerWords.showWhole}</Button>;
  return detail === "preview" ? (
    <Notice actions={whole}>{viewerWords.preview} {viewerWords.slowGraphics}</Notice>
  ) : null;
}
