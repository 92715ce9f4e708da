import { Progress } from "../parts/progress";
import { bytes, bytesPerSecond, duration } from "../words/formats";
import { uploadWords } from "../words/upload";
import type { Pace } from "./pace";

/** How much is sent, how fast, and how long the rest takes. */
export function UploadProgress({ pace: { sent, total, rate, left } }: { pace: Pace }) {
  if (total > 0 && sent >= total) {
    return <p role="status">{uploadWords.storing}</p>;
  }
  const facts = [
    uploadWords.sentOf(bytes(sent), bytes(total)),
    rate !== null && bytesPerSecond(rate),
    left !== null && uploadWords.left(duration(Math.ceil(left))),
  ];
  return (
    <div class="upload-progress">
      <Progress share={total > 0 ? sent / total : 0} label={uploadWords.sending} />
      <span class="figures">{facts.filter(Boolean).join(" · ")}</span>
    </div>
  );
}

/** How far the files are checked. */
export function ExaminationProgress({ read, size }: { read: number; size: number }) {
  return (
    <p class="upload-progress">
      <span>{uploadWords.examining}</span>
      <Progress share={size > 0 ? Math.min(1, read / size) : 1} label={uploadWords.examining} />
    </p>
  );
}
