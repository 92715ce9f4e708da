import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { Job } from "../api/models";
import { useAction } from "../parts/action";
import { announce } from "../parts/announcement";
import { Button } from "../parts/button";
import { Question } from "../parts/dialog";
import { ProblemNotice } from "../parts/problem-notice";
import { go } from "../routes";
import { jobWords } from "../words/job";
import { TitleEditor } from "./title-editor";
import { titleOf } from "./titles";

interface JobActionsProps {
  job: Job;
  receive: (changes: Partial<Job>) => void;
}

type Asked = "requeue" | "cancel" | "remove";

const QUESTIONS = {
  requeue: { title: "requeueAsked", text: "requeueText", confirm: "requeue" },
  cancel: { title: "cancelAsked", text: "cancelText", confirm: "cancel" },
  remove: { title: "removeAsked", text: "removeText", confirm: "remove" },
} as const;

/** What can be done with a job, each after a question. */
export function JobActions({ job, receive }: JobActionsProps) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isEditing, setEditing] = useState(false);
  const isRunning = job.status === "queued" || job.status === "processing";
  const ask = (what: Asked) => () => setAsked(what);
  return (
    <>
      <Button onClick={() => setEditing(true)}>{jobWords.rename}</Button>
      {isRunning ? (
        <Button onClick={ask("cancel")}>{jobWords.cancel}</Button>
      ) : (
        <Button onClick={ask("requeue")}>{jobWords.requeue}</Button>
      )}
      <Button kind="danger" onClick={ask("remove")}>{jobWords.remove}</Button>
      {asked && <AskedAction job={job} receive={receive} what={asked} onClose={() => setAsked(null)} />}
      {isEditing && <TitleEditor job={job} receive={receive} onClose={() => setEditing(false)} />}
    </>
  );
}

function AskedAction({ job, receive, what, onClose }: JobActionsProps & { what: Asked; onClose: () => void }) {
  const doing = useAction(async () => {
    await (what === "remove" ? removed(job) : changed(job, what, receive));
    onClose();
  });
  const { title, text, confirm } = QUESTIONS[what];
  return (
    <Question
      title={jobWords[title]}
      confirm={jobWords[confirm]}
      danger={what !== "requeue"}
      busy={doing.busy}
      onConfirm={() => void doing.run()}
      onCancel={onClose}
    >
      <p>{jobWords[text]}</p>
      <ProblemNotice problem={doing.problem} />
    </Question>
  );
}

async function changed(job: Job, what: "requeue" | "cancel", receive: JobActionsProps["receive"]): Promise<void> {
  const status = what === "cancel" ? "cancelled" : "queued";
  receive(await api.put("/jobs/{job_id}", { path: { job_id: job.id }, json: { status } }));
}

async function removed(job: Job): Promise<void> {
  await api.delete("/jobs/{job_id}", { path: { job_id: job.id } });
  go("jobs");
  announce(jobWords.removed(titleOf(job)));
}
