import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { User } from "../api/models";
import { useAction } from "../parts/action";
import { announce } from "../parts/announcement";
import { Button } from "../parts/button";
import { Question } from "../parts/dialog";
import { Link } from "../parts/link";
import { ProblemNotice } from "../parts/problem-notice";
import { type Column, Table } from "../parts/table";
import { session } from "../session/token";
import { administrationWords } from "../words/administration";
import { dateTime } from "../words/formats";

interface UserTableProps {
  users: readonly User[];
  onDeleted: () => void;
}

/** Users, and what an administrator can do with them. */
export function UserTable({ users, onDeleted }: UserTableProps) {
  const [asked, setAsked] = useState<User | null>(null);
  const columns: readonly Column<User>[] = [
    { title: administrationWords.username, cell: ({ username }) => username },
    { title: administrationWords.number, cell: ({ id }) => id, numeric: true },
    { title: administrationWords.email, cell: ({ email }) => email ?? "—" },
    { title: administrationWords.fullName, cell: ({ full_name: name }) => name ?? "—" },
    { title: administrationWords.registered, cell: ({ created_at: time }) => dateTime(time) },
    { title: administrationWords.actions, cell: (user) => <Actions user={user} onAsk={() => setAsked(user)} /> },
  ];
  return (
    <>
      <Table caption={administrationWords.sections.users} columns={columns} rows={users} keyOf={({ id }) => id} />
      {asked && <DeletionQuestion user={asked} onDeleted={onDeleted} onClose={() => setAsked(null)} />}
    </>
  );
}

/** One's own account is deleted on the screen of the account, where that ends the session, too. */
function Actions({ user, onAsk }: { user: User; onAsk: () => void }) {
  const isOwn = user.id === session.value?.userId;
  return (
    <div class="row-actions">
      <Link to="administration" path={["audit", "user", String(user.id)]} button="plain">
        {administrationWords.story} <span class="unseen">{user.username}</span>
      </Link>
      {isOwn ? (
        <Link to="account" button="plain">{administrationWords.ownAccount}</Link>
      ) : (
        <Button label={administrationWords.removeUser(user.username)} onClick={onAsk}>{administrationWords.remove}</Button>
      )}
    </div>
  );
}

interface DeletionQuestionProps {
  user: User;
  onDeleted: () => void;
  onClose: () => void;
}

function DeletionQuestion({ user: { id, username }, onDeleted, onClose }: DeletionQuestionProps) {
  const { busy, problem, run } = useAction(async () => {
    await api.delete("/users/{user_id}", { path: { user_id: id } });
    onClose();
    announce(administrationWords.userRemoved(username));
    onDeleted();
  });
  return (
    <Question
      title={administrationWords.removeUserAsked(username)}
      confirm={administrationWords.remove}
      danger
      busy={busy}
      onConfirm={() => void run()}
      onCancel={onClose}
    >
      <p>{administrationWords.removeUserText}</p>
      <ProblemNotice problem={problem} />
    </Question>
  );
}
