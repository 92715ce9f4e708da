import { signal } from "@preact/signals";
import { partsWords } from "../words/parts";
import { Button } from "./button";
import { Notice } from "./notice";

interface Announced {
  readonly text: string;
  readonly kind: "success" | "warning";
}

const announced = signal<Announced | null>(null);

/** Say something that outlives the screen which it comes from: that a job is deleted. The next one takes its place. */
export function announce(text: string, kind: Announced["kind"] = "success"): void {
  announced.value = { text, kind };
}

/** What was announced last, until the reader closes it. */
export function Announcement() {
  const current = announced.value;
  const close = <Button onClick={() => (announced.value = null)}>{partsWords.close}</Button>;
  return (
    <div class="announcement" aria-live="polite">
      {current && <Notice kind={current.kind} actions={close}>{current.text}</Notice>}
    </div>
  );
}
