import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/api-error";
import { api } from "../api/client";
import type { User } from "../api/models";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { Link } from "../parts/link";
import { Paging } from "../parts/paging";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { go, route } from "../routes";
import { administrationWords } from "../words/administration";
import { sentenceOf } from "../words/problems";
import { skipOf } from "./sections";
import { UserTable } from "./user-table";

const LIMIT = 50;

/** The users in the order of their registration, or the one whose name the address has. */
export function UsersSection() {
  const { query } = route.value;
  const [name, skip] = [query.name ?? "", skipOf(query)];
  const { data, problem, reload } = useResource((signal) => usersOf(name, skip, signal), [name, skip]);
  const isUnknown = name !== "" && problem?.status === 404;
  const users = problem === null ? data : null;
  return (
    <>
      <Search name={name} problem={isUnknown ? problem : null} />
      <ProblemNotice problem={isUnknown ? null : problem} onRetry={reload} />
      {data === null && problem === null && <Loading />}
      {users && <UserTable users={users} onDeleted={() => (name === "" ? reload() : go("administration", ["users"]))} />}
      {users && name === "" && (
        <Paging
          skip={skip}
          limit={LIMIT}
          count={users.length}
          onSkip={(next) => go("administration", ["users"], next > 0 ? { skip: next } : {})}
        />
      )}
    </>
  );
}

async function usersOf(name: string, skip: number, signal: AbortSignal): Promise<readonly User[]> {
  if (name !== "") {
    return [await api.get("/users/username/{username}", { path: { username: name }, signal })];
  }
  return api.get("/users", { query: { skip, limit: LIMIT }, signal });
}

/** The search for a user; a name that nobody has is told beside it. */
function Search({ name, problem }: { name: string; problem: ApiError | null }) {
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name]);
  const find = () => go("administration", ["users"], text.trim() === "" ? {} : { name: text.trim() });
  return (
    <search>
      <Form onSubmit={find}>
        <Field
          label={administrationWords.username}
          name="username"
          type="search"
          hint={administrationWords.usernameHint}
          value={text}
          onInput={setText}
          error={problem === null ? undefined : sentenceOf(problem)}
        />
        <div class="actions">
          <Button type="submit">{administrationWords.find}</Button>
          {name !== "" && <Link to="administration" path={["users"]} button="plain">{administrationWords.allUsers}</Link>}
        </div>
      </Form>
    </search>
  );
}
