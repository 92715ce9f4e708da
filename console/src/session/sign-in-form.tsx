import { useState } from "preact/hooks";
import { useAction } from "../parts/action";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { ProblemNotice } from "../parts/problem-notice";
import { sentenceOf } from "../words/problems";
import { sessionWords } from "../words/session";
import { signIn } from "./session";

/** Username and password. `knownAs` is who must sign in again; what is wrong stands beside the password. */
export function SignInForm({ knownAs }: { knownAs?: string }) {
  const [username, setUsername] = useState(knownAs ?? "");
  const [password, setPassword] = useState("");
  const { busy, problem, run } = useAction(() => signIn({ username, password }));
  const isRefused = problem !== null && [401, 422, 429].includes(problem.status);
  const fields = problem?.fields ?? {};
  const isOfUsername = fields.username !== undefined && fields.password === undefined;
  const refusal = isRefused && !isOfUsername ? (fields.password ?? sentenceOf(problem)) : undefined;
  return (
    <Form onSubmit={() => void run()}>
      <Field
        label={sessionWords.username}
        name="username"
        value={username}
        onInput={setUsername}
        autocomplete="username"
        error={fields.username}
        required
        readOnly={knownAs !== undefined}
        focused={knownAs === undefined}
      />
      <Field
        label={sessionWords.password}
        name="password"
        type="password"
        value={password}
        onInput={setPassword}
        autocomplete="current-password"
        error={refusal}
        required
        focused={knownAs !== undefined}
      />
      <ProblemNotice problem={isRefused ? null : problem} />
      <div class="actions">
        <Button type="submit" kind="primary" busy={busy}>{sessionWords.signIn}</Button>
      </div>
    </Form>
  );
}
