import type { JobStatus } from "../api/models";

/** The per cent of an analysis at which each stage ends: as the analyzer counts them (`analyzer/stages.py`). */
const ENDS = { queue: 0, fetch: 5, verify: 10, index: 20, decode: 40, detect: 80, measure: 90, write: 95, done: 100 } as const;

/** A stage on the way to a result. */
export type StageName = keyof typeof ENDS;

/** How a stage stands; `stopped`: the analysis failed or was cancelled in it. */
export type StageState = "done" | "current" | "waiting" | "stopped";

/** A stage, and how it stands. */
export interface Stage {
  readonly name: StageName;
  readonly state: StageState;
}

/** Return the stages of a job. The API tells per cents only: the stage is the one whose share of them is not full. */
export function stagesOf(status: JobStatus, progress: number): readonly Stage[] {
  const names = Object.keys(ENDS) as StageName[];
  const current = status === "queued" ? 0 : names.findIndex((name) => progress < ENDS[name]);
  const reached = current === -1 || status === "completed" ? names.length : current;
  const here: StageState = status === "queued" || status === "processing" ? "current" : "stopped";
  return names.map((name, index) => ({ name, state: index < reached ? "done" : index === reached ? here : "waiting" }));
}
