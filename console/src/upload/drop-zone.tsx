import { useRef, useState } from "preact/hooks";
import { Button } from "../parts/button";
import { Notice } from "../parts/notice";
import { uploadWords } from "../words/upload";
import { filesOfInput } from "./chosen-files";
import { type Unreadable, useFileDrop } from "./file-drop";
import { UnreadableFolder } from "./obstacles";
import { Upload } from "./upload";

interface DropZoneProps {
  onUpload: (upload: Upload) => void;
  disabled: boolean;
}

/** Where files are dropped, or chosen with the keyboard. */
export function DropZone({ onUpload, disabled }: DropZoneProps) {
  const [unreadable, setUnreadable] = useState<Unreadable | null>(null);
  const take = (upload: Upload) => {
    setUnreadable(null);
    onUpload(upload);
  };
  const state = useFileDrop({ onUpload: take, onUnreadable: setUnreadable, isEnabled: !disabled });
  const sentence = state === "over" ? uploadWords.dropNow : state === "walking" ? uploadWords.looking : uploadWords.drop;
  return (
    <div class={`drop-zone ${state}`}>
      <p role="status">{sentence}</p>
      <p class="hint">{uploadWords.dropHint}</p>
      <div class="actions">
        <Chooser label={uploadWords.chooseFolder} onUpload={take} disabled={disabled} folder />
        <Chooser label={uploadWords.chooseFiles} onUpload={take} disabled={disabled} />
      </div>
      {unreadable && <Notice kind="problem">{sentenceOf(unreadable)}</Notice>}
    </div>
  );
}

function sentenceOf(reason: Unreadable): string {
  return reason instanceof UnreadableFolder
    ? uploadWords.unreadableFolder(reason.folderName)
    : uploadWords.unreadable(reason.fileName);
}

interface ChooserProps extends DropZoneProps {
  label: string;
  /** Choose a folder with all that it contains. */
  folder?: boolean;
}

/** A button that opens the system's dialog: a file field's own words would be in the browser's language. */
function Chooser({ label, onUpload, disabled, folder = false }: ChooserProps) {
  const field = useRef<HTMLInputElement>(null);
  const chosen = (event: { currentTarget: HTMLInputElement }) => {
    onUpload(Upload.of(filesOfInput(event.currentTarget.files ?? [])));
    // Else the same choice again would be no change.
    event.currentTarget.value = "";
  };
  // Untyped: the types do not know `webkitdirectory`, which every browser does.
  const attributes: object = { type: "file", hidden: true, multiple: true, webkitdirectory: folder, onChange: chosen };
  return (
    <>
      <Button disabled={disabled} onClick={() => field.current?.click()}>{label}</Button>
      <input ref={field} {...attributes} />
    </>
  );
}
