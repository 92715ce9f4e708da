import { ApiError } from "../api/api-error";

/** Why chosen files can't become a job. */
export type Refusal = "empty" | "noImages" | "onlyArchives";

/** The chosen files can't become a job, whatever the server says. */
export class RefusedFiles extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal);
  }
}

/** A file that was changed, moved or removed after it was chosen, or may not be read. */
export class UnreadableFile extends Error {
  constructor(readonly fileName: string) {
    super(`${fileName} can't be read`);
  }
}

/** A folder that was dropped, and can't be listed. */
export class UnreadableFolder extends Error {
  constructor(readonly folderName: string) {
    super(`${folderName} can't be read`);
  }
}

/** The user has no room for the upload: said before it is sent. */
export class QuotaExceeded extends Error {
  constructor(
    readonly quota: "bytes" | "files" | "jobs_waiting",
    readonly used: number,
    readonly allowed: number,
  ) {
    super(`${quota}: ${used} of ${allowed}`);
  }
}

/** What would be sent is larger than the server accepts: said before it is sent. */
export class TooLarge extends Error {
  constructor(
    readonly size: number,
    readonly allowed: number,
  ) {
    super(`${size} of ${allowed} bytes`);
  }
}

/** The user stopped the upload. */
export class Cancelled extends Error {}

/** Why an upload does not go on. */
export type Obstacle = ApiError | RefusedFiles | UnreadableFile | TooLarge | QuotaExceeded | Cancelled;

/** Whether something that was thrown is an obstacle; everything else is a fault of ours. */
export function isObstacle(reason: unknown): reason is Obstacle {
  return [ApiError, RefusedFiles, UnreadableFile, TooLarge, QuotaExceeded, Cancelled].some((known) => reason instanceof known);
}

/** Whether the same files may go through when they are sent again. */
export function mayHelp(obstacle: Obstacle): boolean {
  return ![RefusedFiles, UnreadableFile, TooLarge].some((known) => obstacle instanceof known);
}
