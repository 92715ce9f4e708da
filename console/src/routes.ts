import { signal } from "@preact/signals";

/** The screens that an address can name. */
export const SCREENS = [
  "jobs",
  "job",
  "upload",
  "statistics",
  "account",
  "administration",
  "sign-in",
  "sign-up",
  "missing",
] as const;
/** One of them. */
export type Screen = (typeof SCREENS)[number];

/** What the address says: `#/jobs/<uuid>?plane=axial` is the screen `job`, the path `[<uuid>]` and a query. */
export interface Route {
  readonly screen: Screen;
  /** What follows the screen's name. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** Where the reader is. It follows the address, so that back, forward, reload and bookmarks work. */
export const route = signal<Route>(parse(location.hash));

addEventListener("hashchange", () => {
  route.value = parse(location.hash);
});

/** Return the route of an address's fragment. */
export function parse(hash: string): Route {
  const [address = "", parameters = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [name = "", ...path] = address.split("/").filter(Boolean).map(decoded);
  return { screen: screenOf(name, path), path, query: Object.fromEntries(new URLSearchParams(parameters)) };
}

/** Return the address of a screen, for a link. */
export function href(screen: Screen, path: readonly string[] = [], query: Record<string, string | number> = {}): string {
  const name = screen === "job" ? "jobs" : screen;
  const parameters = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)])).toString();
  return `#/${[name, ...path].map(encodeURIComponent).join("/")}${parameters && `?${parameters}`}`;
}

/** Go to a screen. `replace` leaves no step to come back to: for what a screen remembers of itself in its query. */
export function go(
  screen: Screen,
  path: readonly string[] = [],
  query: Record<string, string | number> = {},
  { replace = false } = {},
): void {
  const address = href(screen, path, query);
  if (replace) {
    history.replaceState(null, "", address);
  } else {
    history.pushState(null, "", address);
  }
  route.value = parse(address);
}

function screenOf(name: string, path: readonly string[]): Screen {
  if (name === "" || (name === "jobs" && path.length === 0)) {
    return "jobs";
  }
  if (name === "jobs") {
    return path.length === 1 ? "job" : "missing";
  }
  const screen = SCREENS.find((known) => known === name);
  return screen === undefined || screen === "job" ? "missing" : screen;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
