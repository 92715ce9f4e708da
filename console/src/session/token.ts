import { computed, signal } from "@preact/signals";

const KEY = "california-gold.session";

/** Who is signed in in this tab: sessionStorage forgets it with the tab, and no other tab or address sees it. */
export interface Session {
  readonly token: string;
  readonly userId: number;
  readonly username: string;
  /** Whether the API grants the rights of an administrator: it decides what the page offers, and the API what is allowed. */
  readonly isAdministrator: boolean;
}

/** The session of this tab, or null. Changed by `begin` and `end` only. */
export const session = signal<Session | null>(stored());

/** Whether the user is an administrator. */
export const isAdministrator = computed(() => session.value?.isAdministrator === true);

/** Begin a session, or go on with a new token. */
export function begin(next: Session): void {
  sessionStorage.setItem(KEY, JSON.stringify(next));
  session.value = next;
}

/** Forget the session in this tab. */
export function end(): void {
  sessionStorage.removeItem(KEY);
  session.value = null;
}

function stored(): Session | null {
  const text = sessionStorage.getItem(KEY);
  return text === null ? null : (JSON.parse(text) as Session);
}
