import { ApiError } from "../api/api-error";
import { api } from "../api/client";
import type { Credentials, CurrentUser, NewUser } from "../api/models";
import { headersOf } from "../api/send";
import { begin, end, type Session, session } from "./token";

/** Sign in. A wrong password rejects with a 401, and too many tries with a 429. */
export async function signIn(credentials: Credentials): Promise<void> {
  const { access_token: token } = await api.post("/auth/login", {
    json: credentials,
    anonymous: true,
    refusesToWait: true,
  });
  const user = await api.get("/auth/me", { anonymous: true, headers: headersOf(token) });
  begin(sessionOf(token, user));
}

/**
 * Go on with the session that this tab had before it was loaded: one that has ended meanwhile is asked for at once.
 *
 * A server that does not answer is the screen's to tell.
 */
export async function resume(): Promise<void> {
  if (session.value === null) {
    return;
  }
  try {
    const user = await api.get("/auth/me");
    if (session.value !== null) {
      begin(sessionOf(session.value.token, user));
    }
  } catch (reason) {
    if (!(reason instanceof ApiError)) {
      throw reason;
    }
  }
}

/** Register an account, and sign in with it. */
export async function signUp(user: NewUser): Promise<void> {
  await api.post("/auth/register", { json: user, anonymous: true });
  await signIn({ username: user.username, password: user.password });
}

/** End the session here, and its token at the API. Rejects when the API could not be told: the token then lives on. */
export async function signOut(): Promise<void> {
  const token = session.value?.token ?? null;
  end();
  await api.post("/auth/logout", { anonymous: true, headers: headersOf(token) });
}

function sessionOf(token: string, { id, username, admin }: CurrentUser): Session {
  return { token, userId: id, username, isAdministrator: admin };
}
