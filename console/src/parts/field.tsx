import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  name: string;
  value: string;
  onInput: (value: string) => void;
  /** What is wrong with the value: shown beside it, and read out with it. */
  error?: string | undefined;
  hint?: string;
  type?: "text" | "password" | "email" | "url" | "search" | "datetime-local";
  /** Draw it with this many lines. */
  lines?: number;
  autocomplete?: string;
  required?: boolean;
  readOnly?: boolean;
  focused?: boolean;
}

/** A text field with its label, its hint and the sentence that says what is wrong with it. */
export function Field({ label, error, hint, lines, onInput, autocomplete = "off", focused, ...rest }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  // Untyped: Preact's types tell apart every kind of input, and none of the differences concerns these attributes.
  const attributes: object = {
    ...rest,
    id,
    autocomplete,
    "aria-invalid": error !== undefined,
    ...(described && { "aria-describedby": described }),
    ...(focused && { autofocus: true }),
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines === undefined ? <input {...attributes} /> : <textarea {...attributes} rows={lines} />}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {error && <p class="error" id={`${id}-error`} role="alert">{error}</p>}
    </div>
  );
}
