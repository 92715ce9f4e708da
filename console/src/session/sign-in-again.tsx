import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { sessionWords } from "../words/session";
import { isExpired } from "./renewal";
import { SignInForm } from "./sign-in-form";
import { end, session } from "./token";

/** The question of a session that has expired, over the screen that waits for the answer. */
export function SignInAgain() {
  if (!isExpired.value || session.value === null) {
    return null;
  }
  return (
    <Dialog title={sessionWords.signInAgain}>
      <p>{sessionWords.expired}</p>
      <SignInForm knownAs={session.value.username} />
      <Button onClick={end}>{sessionWords.asAnother}</Button>
    </Dialog>
  );
}
