import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { Job } from "../api/models";
import { useAction } from "../parts/action";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { ProblemNotice } from "../parts/problem-notice";
import { jobWords } from "../words/job";
import { partsWords } from "../words/parts";

interface TitleEditorProps {
  job: Job;
  receive: (changes: Partial<Job>) => void;
  onClose: () => void;
}

/** Changes the title and the description of a job. */
export function TitleEditor({ job, receive, onClose }: TitleEditorProps) {
  const [title, setTitle] = useState(job.title ?? "");
  const [description, setDescription] = useState(job.description ?? "");
  const saving = useAction(async () => {
    receive(await api.put("/jobs/{job_id}", { path: { job_id: job.id }, json: { title, description } }));
    onClose();
  });
  const fields = saving.problem?.fields ?? {};
  return (
    <Dialog title={jobWords.rename} onClose={onClose}>
      <Form onSubmit={() => void saving.run()}>
        <Field label={jobWords.titleField} name="title" value={title} onInput={setTitle} error={fields.title} focused />
        <Field
          label={jobWords.descriptionField}
          name="description"
          value={description}
          onInput={setDescription}
          error={fields.description}
          lines={3}
        />
        {Object.keys(fields).length === 0 && <ProblemNotice problem={saving.problem} />}
        <div class="actions">
          <Button onClick={onClose}>{partsWords.cancel}</Button>
          <Button type="submit" kind="primary" busy={saving.busy}>{jobWords.save}</Button>
        </div>
      </Form>
    </Dialog>
  );
}
