import { useState } from "preact/hooks";
import { api } from "../api/client";
import { useAction } from "../parts/action";
import { announce } from "../parts/announcement";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { ProblemNotice } from "../parts/problem-notice";
import { end } from "../session/token";
import { accountWords } from "../words/account";
import { sessionWords } from "../words/session";
import { passwordErrors } from "./password-errors";

/** Changes the password. The API then ends every token of the user, so that the session here ends too. */
export function PasswordForm({ userId }: { userId: number }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const { busy, problem, run } = useAction(async () => {
    const json = { password: next, current_password: current };
    await api.put("/users/{user_id}", { path: { user_id: userId }, json, refusesToWait: true });
    end();
    announce(accountWords.passwordChanged);
  });
  const errors = passwordErrors(problem);
  return (
    <Form onSubmit={() => void run()}>
      <h2>{accountWords.password}</h2>
      <Field
        label={accountWords.currentPassword}
        name="current_password"
        type="password"
        value={current}
        onInput={setCurrent}
        autocomplete="current-password"
        error={errors.current_password}
        required
      />
      <Field
        label={accountWords.newPassword}
        name="password"
        type="password"
        value={next}
        onInput={setNext}
        autocomplete="new-password"
        hint={sessionWords.passwordRule}
        error={errors.password}
        required
      />
      <p class="quiet">{accountWords.passwordEnds}</p>
      {Object.keys(errors).length === 0 && <ProblemNotice problem={problem} />}
      <div class="actions">
        <Button type="submit" busy={busy}>{accountWords.changePassword}</Button>
      </div>
    </Form>
  );
}
