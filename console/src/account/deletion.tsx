import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { User } from "../api/models";
import { useAction } from "../parts/action";
import { announce } from "../parts/announcement";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { ProblemNotice } from "../parts/problem-notice";
import { go } from "../routes";
import { end, session } from "../session/token";
import { accountWords } from "../words/account";
import { partsWords } from "../words/parts";

/** Deletes the account and everything that belongs to it. */
export function Deletion({ userId }: { userId: number }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <section>
      <h2>{accountWords.deletion}</h2>
      <p>{accountWords.deletionText}</p>
      <Button kind="danger" onClick={() => setAsked(true)}>{accountWords.remove}</Button>
      {isAsked && <DeletionQuestion userId={userId} onClose={() => setAsked(false)} />}
    </section>
  );
}

interface DeletionQuestionProps {
  userId: User["id"];
  onClose: () => void;
}

/** The question, answered by typing the username: nobody does that by mistake. */
function DeletionQuestion({ userId, onClose }: DeletionQuestionProps) {
  const username = session.value?.username ?? "";
  const [typed, setTyped] = useState("");
  const [isRefused, setRefused] = useState(false);
  const { busy, problem, run } = useAction(async () => {
    await api.delete("/users/{user_id}", { path: { user_id: userId } });
    end();
    go("sign-in");
    announce(accountWords.removed(username));
  });
  const submit = () => {
    setRefused(typed !== username);
    if (typed === username) {
      void run();
    }
  };
  return (
    <Dialog title={accountWords.deletionAsked} onClose={onClose}>
      <Form onSubmit={submit}>
        <p>{accountWords.deletionText}</p>
        <Field
          label={accountWords.typeUsername(username)}
          name="confirmation"
          value={typed}
          onInput={setTyped}
          error={isRefused ? accountWords.otherUsername : undefined}
          focused
        />
        <ProblemNotice problem={problem} />
        <div class="actions">
          <Button onClick={onClose}>{partsWords.cancel}</Button>
          <Button type="submit" kind="danger" busy={busy}>{accountWords.remove}</Button>
        </div>
      </Form>
    </Dialog>
  );
}
