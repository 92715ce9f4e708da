import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Announcement } from "../parts/announcement";
import { Link } from "../parts/link";
import { route } from "../routes";
import { SignInAgain } from "../session/sign-in-again";
import { session } from "../session/token";
import { shellWords } from "../words/shell";
import { Navigation } from "./navigation";
import { Preferences } from "./preferences";
import { RateLimitNotice } from "./rate-limit-notice";

/** What stands around every screen. "Research use only" is always in sight. */
export function Shell({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  useFocusOnEntry(main);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>{shellWords.skip}</button>
      <header class="top">
        <span class="product">
          <Link to="jobs">{shellWords.product}</Link>
        </span>
        {session.value && <Navigation />}
        <Preferences />
      </header>
      <main ref={main} tabIndex={-1}>
        <RateLimitNotice />
        <Announcement />
        {children}
      </main>
      <footer class="bottom">
        <p>{shellWords.researchOnly}</p>
      </footer>
      <SignInAgain />
    </>
  );
}

/** Move the focus into the new screen, as loading a page would: else a screen reader goes on where the old one was. */
function useFocusOnEntry(main: { readonly current: HTMLElement | null }): void {
  const { screen, path } = route.value;
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current && !main.current?.contains(document.activeElement)) {
      main.current?.focus();
    }
    isFirst.current = false;
  }, [screen, path.join("/")]);
}
