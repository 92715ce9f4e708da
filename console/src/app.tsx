import { useEffect } from "preact/hooks";
import { go, route, type Screen } from "./routes";
import { SCREEN_COMPONENTS } from "./screens";
import { session } from "./session/token";
import { Shell } from "./shell/shell";

/** The console: the screen that the address names, or for a visitor the way in. */
export function App() {
  const isVisitor = session.value === null;
  const { screen, path } = route.value;
  const isWayIn = screen === "sign-in" || screen === "sign-up";
  useEffect(() => {
    if (!isVisitor && isWayIn) {
      go("jobs", [], {}, { replace: true });
    }
  }, [isVisitor, isWayIn]);
  const shown: Screen = isVisitor && screen !== "sign-up" ? "sign-in" : screen;
  const Component = SCREEN_COMPONENTS[shown];
  // Another user, another job: nothing of the one before may stay on the screen.
  return <Shell>{(isVisitor || !isWayIn) && <Component key={`${session.value?.userId} ${shown} ${path[0] ?? ""}`} />}</Shell>;
}
