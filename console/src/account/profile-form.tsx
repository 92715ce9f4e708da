import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { User } from "../api/models";
import { useAction } from "../parts/action";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { Notice } from "../parts/notice";
import { ProblemNotice } from "../parts/problem-notice";
import { accountErrors } from "../session/account-errors";
import { begin, session } from "../session/token";
import { accountWords } from "../words/account";
import { changesOf, type ProfileField, profileOf } from "./profile";

/** What the account says of its user, to be changed. */
export function ProfileForm({ user }: { user: User }) {
  const [stored, setStored] = useState(user);
  const [form, setForm] = useState(profileOf(user));
  const [isSaved, setSaved] = useState(false);
  const changes = changesOf(stored, form);
  const { busy, problem, run } = useAction(async () => {
    setStored(await changed(user.id, changes));
    setSaved(true);
  });
  const errors = accountErrors(problem, Boolean(changes.email));
  const field = (name: ProfileField) => ({
    name,
    label: accountWords.fields[name],
    value: form[name],
    error: errors[name],
    onInput: (value: string) => {
      setSaved(false);
      setForm((before) => ({ ...before, [name]: value }));
    },
  });
  return (
    <Form onSubmit={() => void run()}>
      <h2>{accountWords.profile}</h2>
      <Field {...field("username")} autocomplete="username" hint={accountWords.usernameHint} required />
      <Field {...field("email")} type="email" autocomplete="email" hint={accountWords.emailHint} />
      <Field {...field("full_name")} autocomplete="name" />
      <Field {...field("bio")} lines={4} />
      {Object.keys(errors).length === 0 && <ProblemNotice problem={problem} />}
      {isSaved && <Notice kind="success">{accountWords.saved}</Notice>}
      <div class="actions">
        <Button type="submit" kind="primary" busy={busy}>{accountWords.save}</Button>
      </div>
    </Form>
  );
}

async function changed(id: number, changes: ReturnType<typeof changesOf>): Promise<User> {
  const user = await api.put("/users/{user_id}", { path: { user_id: id }, json: changes });
  if (session.value !== null) {
    begin({ ...session.value, username: user.username });
  }
  return user;
}
