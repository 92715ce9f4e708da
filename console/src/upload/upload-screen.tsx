import "./upload.css";
import { ApiError } from "../api/api-error";
import { announce } from "../parts/announcement";
import { Field } from "../parts/field";
import { Page } from "../parts/page";
import { go, route } from "../routes";
import { uploadWords } from "../words/upload";
import { Chosen } from "./chosen";
import { choose, draft, forget, send, upload } from "./current";
import { DropZone } from "./drop-zone";

/** A new job: its texts, its files, and the way of the files to the server. */
export default function UploadScreen() {
  const current = upload.value;
  const isUnderWay = current?.isUnderWay.value ?? false;
  return (
    <Page title={uploadWords.title}>
      <div class="new-job">
        <Texts isReadOnly={isUnderWay} />
        <div>
          <DropZone onUpload={choose} disabled={isUnderWay} />
          {current && <Chosen upload={current} onSend={() => void sendAndShow()} onRemove={forget} />}
        </div>
      </div>
    </Page>
  );
}

function Texts({ isReadOnly }: { isReadOnly: boolean }) {
  const step = upload.value?.step.value;
  const errors = step?.kind === "stopped" && step.obstacle instanceof ApiError ? step.obstacle.fields : {};
  const field = (name: "title" | "description") => ({
    name,
    value: draft.value[name],
    onInput: (text: string) => (draft.value = { ...draft.value, [name]: text }),
    error: errors[name],
    readOnly: isReadOnly,
  });
  return (
    <div>
      <Field label={uploadWords.jobTitle} {...field("title")} hint={uploadWords.jobTitleHint} />
      <Field label={uploadWords.description} {...field("description")} lines={3} />
    </div>
  );
}

/** Send what is chosen, and go to the job; a reader who has gone elsewhere meanwhile stays there. */
async function sendAndShow(): Promise<void> {
  const job = await send();
  if (job !== null && route.value.screen === "upload") {
    go("job", [job.id]);
  } else if (job !== null) {
    announce(uploadWords.done(job.title ?? job.id));
  }
}
