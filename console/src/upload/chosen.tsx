import { Button } from "../parts/button";
import { bytes } from "../words/formats";
import { uploadWords } from "../words/upload";
import { ObstacleNotice } from "./obstacle-notice";
import { commonFolder } from "./prepared";
import { mayHelp } from "./obstacles";
import type { Upload } from "./upload";
import { ExaminationProgress, UploadProgress } from "./upload-progress";

interface ChosenProps {
  upload: Upload;
  onSend: () => void;
  onRemove: () => void;
}

/** The chosen files: how far they are, what is wrong with them, and what can be done. */
export function Chosen({ upload, onSend, onRemove }: ChosenProps) {
  const step = upload.step.value;
  return (
    <section class="chosen" aria-label={uploadWords.files}>
      <Files upload={upload} />
      {step.kind === "examining" && <ExaminationProgress read={step.read} size={upload.size} />}
      {step.kind === "sending" && <UploadProgress pace={step.pace} />}
      {step.kind === "stopped" && <ObstacleNotice obstacle={step.obstacle} size={upload.size} />}
      <Actions upload={upload} onSend={onSend} onRemove={onRemove} />
    </section>
  );
}

function Files({ upload: { files, ignored, size } }: { upload: Upload }) {
  const name = commonFolder(files) ?? (files.length === 1 ? files[0]?.file.name : undefined);
  return (
    <>
      <p>
        {name !== undefined && <strong class="file-name">{name} </strong>}
        {uploadWords.chosen(files.length, bytes(size))}
      </p>
      {ignored > 0 && <p class="quiet">{uploadWords.ignored(ignored)}</p>}
    </>
  );
}

function Actions({ upload, onSend, onRemove }: ChosenProps) {
  const step = upload.step.value;
  const isUnderWay = upload.isUnderWay.value;
  const isSendable = step.kind !== "stopped" || mayHelp(step.obstacle);
  const label = step.kind === "stopped" ? uploadWords.sendAgain : uploadWords.send;
  return (
    <div class="actions">
      {isSendable && <Button kind="primary" busy={isUnderWay} onClick={onSend}>{label}</Button>}
      {isUnderWay && <Button onClick={() => upload.cancel()}>{uploadWords.cancel}</Button>}
      {!isUnderWay && <Button onClick={onRemove}>{uploadWords.remove}</Button>}
    </div>
  );
}
