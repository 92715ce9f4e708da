import { useState } from "preact/hooks";
import { useAction } from "../parts/action";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { Link } from "../parts/link";
import { Page } from "../parts/page";
import { ProblemNotice } from "../parts/problem-notice";
import { sessionWords } from "../words/session";
import { accountErrors } from "./account-errors";
import { signUp } from "./session";

/** The screen where a visitor makes an account. */
export function SignUp() {
  const [user, setUser] = useState({ username: "", password: "", email: "" });
  const { busy, problem, run } = useAction(() => signUp({ ...user, email: user.email || null }));
  const errors = accountErrors(problem, user.email !== "");
  const field = (name: keyof typeof user) => ({
    name,
    value: user[name],
    onInput: (value: string) => setUser((before) => ({ ...before, [name]: value })),
    error: errors[name],
  });
  return (
    <Page title={sessionWords.signUp} narrow>
      <Form onSubmit={() => void run()}>
        <Field label={sessionWords.username} {...field("username")} autocomplete="username" required focused />
        <Field
          label={sessionWords.password}
          {...field("password")}
          type="password"
          hint={sessionWords.passwordRule}
          autocomplete="new-password"
          required
        />
        <Field label={sessionWords.email} {...field("email")} type="email" autocomplete="email" />
        <ProblemNotice problem={Object.keys(errors).length > 0 ? null : problem} />
        <div class="actions">
          <Button type="submit" kind="primary" busy={busy}>{sessionWords.signUp}</Button>
        </div>
      </Form>
      <p>
        {sessionWords.haveAccount} <Link to="sign-in">{sessionWords.signIn}</Link>
      </p>
    </Page>
  );
}
