import type { ComponentChildren } from "preact";
import { href, type Screen } from "../routes";

interface LinkProps {
  to: Screen;
  path?: readonly string[];
  query?: Record<string, string | number>;
  children: ComponentChildren;
  /** Draw it as a button. */
  button?: "plain" | "primary";
  /** Whether it leads to where the reader is. */
  current?: boolean;
}

/** A link to a screen. */
export function Link({ to, path = [], query = {}, children, button, current = false }: LinkProps) {
  const look = button === undefined ? {} : { class: `button ${button}` };
  return (
    <a href={href(to, path, query)} {...look} {...(current && { "aria-current": "page" })}>
      {children}
    </a>
  );
}
