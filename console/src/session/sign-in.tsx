import { Link } from "../parts/link";
import { Page } from "../parts/page";
import { sessionWords } from "../words/session";
import { SignInForm } from "./sign-in-form";

/** The screen of a visitor. The address stays, so that signing in leads to where the visitor wanted to go. */
export function SignIn() {
  return (
    <Page title={sessionWords.signIn} narrow>
      <SignInForm />
      <p>
        {sessionWords.noAccount} <Link to="sign-up">{sessionWords.signUp}</Link>
      </p>
    </Page>
  );
}
