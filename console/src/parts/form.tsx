import type { ComponentChildren } from "preact";

/** A form. The API judges what it sends: the browser's own sentences would be in its language, not the reader's. */
export function Form({ children, onSubmit }: { children: ComponentChildren; onSubmit: () => void }) {
  const submitted = (event: Event) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form class="form" noValidate onSubmit={submitted}>
      {children}
    </form>
  );
}
