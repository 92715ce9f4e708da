import { ApiError, UNREACHABLE } from "../api/api-error";
import { Notice } from "../parts/notice";
import { ProblemNotice } from "../parts/problem-notice";
import { bytes } from "../words/formats";
import { uploadWords } from "../words/upload";
import { Cancelled, type Obstacle, QuotaExceeded, RefusedFiles, TooLarge } from "./obstacles";

/** Why an upload does not go on, beside its files. `size`: their bytes. */
export function ObstacleNotice({ obstacle, size }: { obstacle: Obstacle; size: number }) {
  if (obstacle instanceof ApiError && obstacle.status !== UNREACHABLE) {
    return <ProblemNotice problem={obstacle} />;
  }
  return <Notice kind={obstacle instanceof Cancelled ? "info" : "problem"}>{sentenceOf(obstacle, size)}</Notice>;
}

function sentenceOf(obstacle: Obstacle, size: number): string {
  if (obstacle instanceof ApiError) {
    return uploadWords.lost;
  }
  if (obstacle instanceof Cancelled) {
    return uploadWords.cancelled;
  }
  if (obstacle instanceof RefusedFiles) {
    return uploadWords[obstacle.refusal];
  }
  if (obstacle instanceof TooLarge) {
    return uploadWords.tooLarge(bytes(obstacle.size), bytes(obstacle.allowed));
  }
  return obstacle instanceof QuotaExceeded ? quotaSentence(obstacle, size) : uploadWords.unreadable(obstacle.fileName);
}

function quotaSentence({ quota, used, allowed }: QuotaExceeded, size: number): string {
  switch (quota) {
    case "bytes":
      return uploadWords.quotaBytes(bytes(Math.max(0, allowed - used)), bytes(size));
    case "files":
      return uploadWords.quotaFiles(allowed);
    case "jobs_waiting":
      return uploadWords.quotaJobs(allowed);
  }
}
