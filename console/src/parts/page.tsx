import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { shellWords } from "../words/shell";

interface PageProps {
  title: string;
  children: ComponentChildren;
  /** Controls beside the heading. */
  actions?: ComponentChildren;
  /** Forms and texts are easier to read when they are narrow. */
  narrow?: boolean;
}

/** The frame of a screen: its heading, which is the tab's title too. */
export function Page({ title, children, actions, narrow = false }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${shellWords.product}`;
  }, [title]);
  return (
    <div class={narrow ? "page narrow" : "page"}>
      <header class="heading">
        <h1>{title}</h1>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
