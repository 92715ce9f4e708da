import type { ComponentChildren } from "preact";

interface NoticeProps {
  children: ComponentChildren;
  kind?: "info" | "success" | "warning" | "problem";
  /** Controls that answer it. */
  actions?: ComponentChildren;
}

/** A sentence that the reader should see, read out when it appears; a problem is read out at once. */
export function Notice({ children, kind = "info", actions }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === "problem" ? "alert" : "status"}>
      <div>{children}</div>
      {actions && <div class="actions">{actions}</div>}
    </div>
  );
}
