import { useEffect, useState } from "preact/hooks";
import { walkDrop } from "./chosen-files";
import { UnreadableFile, UnreadableFolder } from "./obstacles";
import { Upload } from "./upload";

/** Whether files are held over the page, or their folders are being walked. */
export type DropState = "idle" | "over" | "walking";

/** What was dropped and can't be read. */
export type Unreadable = UnreadableFile | UnreadableFolder;

interface FileDrop {
  onUpload: (upload: Upload) => void;
  onUnreadable: (reason: Unreadable) => void;
  isEnabled: boolean;
}

/** Take files that are dropped anywhere on the page: beside a target, a browser would leave the page and open them. */
export function useFileDrop({ onUpload, onUnreadable, isEnabled }: FileDrop): DropState {
  const [state, setState] = useState<DropState>("idle");
  useEffect(() => {
    const over = (event: DragEvent) => {
      event.preventDefault();
      setState(isEnabled ? "over" : "idle");
    };
    const left = (event: DragEvent) => event.relatedTarget === null && setState("idle");
    const dropped = (event: DragEvent) => {
      event.preventDefault();
      setState("idle");
      if (isEnabled && event.dataTransfer !== null) {
        setState("walking");
        void walked(event.dataTransfer.items).finally(() => setState("idle"));
      }
    };
    const walked = async (items: DataTransferItemList) => {
      const upload = new Upload();
      try {
        await walkDrop(items, (file) => upload.add(file));
        upload.end();
        onUpload(upload);
      } catch (reason) {
        upload.leave();
        if (!(reason instanceof UnreadableFile || reason instanceof UnreadableFolder)) {
          throw reason;
        }
        onUnreadable(reason);
      }
    };
    const stop = new AbortController();
    addEventListener("dragover", over, stop);
    addEventListener("dragleave", left, stop);
    addEventListener("drop", dropped, stop);
    return () => stop.abort();
  }, [isEnabled]);
  return state;
}
