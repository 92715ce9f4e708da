import { announce } from "../parts/announcement";
import { Button } from "../parts/button";
import { Link } from "../parts/link";
import { ApiError } from "../api/api-error";
import { go, route, type Screen } from "../routes";
import { signOut } from "../session/session";
import { isAdministrator, session } from "../session/token";
import { shellWords } from "../words/shell";

const LINKS = ["jobs", "upload", "statistics", "account", "administration"] as const;

/** The links to the screens, and the way out. */
export function Navigation() {
  const links = LINKS.filter((screen) => screen !== "administration" || isAdministrator.value);
  return (
    <nav class="navigation" aria-label={shellWords.navigation}>
      <ul>
        {links.map((screen) => (
          <li key={screen}>
            <Link to={screen} current={isAt(screen, route.value.screen)}>{shellWords[screen]}</Link>
          </li>
        ))}
      </ul>
      <span class="who">{session.value?.username}</span>
      <Button onClick={() => void leave()}>{shellWords.signOut}</Button>
    </nav>
  );
}

function isAt(screen: Screen, current: Screen): boolean {
  return screen === (current === "job" ? "jobs" : current);
}

async function leave(): Promise<void> {
  go("sign-in");
  try {
    await signOut();
  } catch (reason) {
    if (!(reason instanceof ApiError)) {
      throw reason;
    }
    if (reason.status !== 401) {
      announce(shellWords.signedOutHereOnly, "warning");
    }
  }
}
