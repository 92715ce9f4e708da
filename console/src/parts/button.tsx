import type { ComponentChildren } from "preact";

interface ButtonProps {
  children: ComponentChildren;
  /** `primary` once a screen: what most come for. `danger`: what can't be undone. */
  kind?: "plain" | "primary" | "danger";
  /** What it began is under way: it can't be begun twice, and says so. */
  busy?: boolean;
  disabled?: boolean;
  onClick?: () => void;
  type?: "button" | "submit";
  /** The name for a screen reader, where the content is a picture. */
  label?: string;
  /** Whether it is pressed, for a button that switches something on and off. */
  pressed?: boolean;
}

/** A button. */
export function Button({ children, kind = "plain", type = "button", busy = false, ...rest }: ButtonProps) {
  const { disabled = false, onClick, label, pressed } = rest;
  const named = label === undefined ? {} : { "aria-label": label, title: label };
  return (
    <button
      type={type}
      class={`button ${kind}`}
      disabled={disabled || busy}
      aria-busy={busy}
      {...(pressed !== undefined && { "aria-pressed": pressed })}
      {...named}
      {...(onClick && { onClick })}
    >
      {children}
    </button>
  );
}
