import { useId } from "preact/hooks";

interface SelectProps<V extends string> {
  label: string;
  value: V;
  options: readonly { readonly value: V; readonly label: string }[];
  onChange: (value: V) => void;
  /** The label is for screen readers only: what it chooses is plain to see. */
  quiet?: boolean;
}

/** A choice of one of a few. */
export function Select<V extends string>({ label, value, options, onChange, quiet = false }: SelectProps<V>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={quiet ? "unseen" : ""}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as V)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
      </select>
    </div>
  );
}
