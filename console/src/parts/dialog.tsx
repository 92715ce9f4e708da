import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { partsWords } from "../words/parts";
import { Button } from "./button";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** What Escape does; without it the dialog can't be left but by what stands in it. */
  onClose?: () => void;
}

/** A modal dialog. It is open as long as it is drawn; the focus returns to where it was. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const cancelled = (event: Event) => {
    event.preventDefault();
    onClose?.();
  };
  return (
    <dialog ref={element} aria-labelledby={id} onCancel={cancelled}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

interface QuestionProps {
  title: string;
  children: ComponentChildren;
  /** The words of the button that does it: never "OK". */
  confirm: string;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** A question before something is done. */
export function Question({ title, children, confirm, danger = false, busy = false, onConfirm, onCancel }: QuestionProps) {
  return (
    <Dialog title={title} onClose={onCancel}>
      {children}
      <div class="actions">
        <Button onClick={onCancel}>{partsWords.cancel}</Button>
        <Button kind={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>{confirm}</Button>
      </div>
    </Dialog>
  );
}
