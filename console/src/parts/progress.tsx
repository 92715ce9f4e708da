import { partsWords } from "../words/parts";
import { percent } from "../words/formats";

interface ProgressProps {
  /** From 0 to 1. */
  share: number;
  /** What is under way, for a screen reader. */
  label: string;
}

/** How far something is. */
export function Progress({ share, label }: ProgressProps) {
  return (
    <span class="progress">
      <progress max={1} value={share} aria-label={label} />
      <span aria-hidden="true">{percent(share)}</span>
    </span>
  );
}

/** Something is under way, and nobody knows how far. */
export function Loading() {
  return (
    <p class="loading" role="status">{partsWords.loading}</p>
  );
}
