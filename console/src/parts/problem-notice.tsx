import type { ApiError } from "../api/api-error";
import { problemWords, sentenceOf } from "../words/problems";
import { Button } from "./button";
import { Notice } from "./notice";

interface ProblemNoticeProps {
  problem: ApiError | null;
  /** What tries again, where that may help. */
  onRetry?: () => void;
}

/** Why a request failed: the sentence, of a server's failure the request id, and a way to try again. */
export function ProblemNotice({ problem, onRetry }: ProblemNoticeProps) {
  if (problem === null) {
    return null;
  }
  const again = onRetry && <Button onClick={onRetry}>{problemWords.tryAgain}</Button>;
  return (
    <Notice kind="problem" actions={again}>
      <p>{sentenceOf(problem)}</p>
      {problem.status >= 500 && problem.requestId && (
        <p class="quiet">
          {problemWords.requestId} <code>{problem.requestId}</code>
        </p>
      )}
    </Notice>
  );
}
