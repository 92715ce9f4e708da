import { useState } from "preact/hooks";
import { api } from "../api/client";
import { Button } from "../parts/button";
import { Link } from "../parts/link";
import { Notice } from "../parts/notice";
import { Paging } from "../parts/paging";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { go, route } from "../routes";
import { administrationWords } from "../words/administration";
import { ParkedDetails } from "./parked-details";
import { ParkedTable } from "./parked-table";
import { skipOf } from "./sections";

const LIMIT = 50;

/** Events that a service could not handle, of all groups or of the one that the address names. */
export function ParkedSection() {
  const { query } = route.value;
  const [group, skip] = [query.group ?? "", skipOf(query)];
  const [opened, setOpened] = useState<string | null>(null);
  const ask = (signal: AbortSignal) => api.get("/parked", { query: { group, skip, limit: LIMIT }, signal });
  const { data, problem, loading, reload } = useResource(ask, [group, skip]);
  const turn = (next: number) =>
    go("administration", ["parked"], { ...(group && { group }), ...(next > 0 && { skip: next }) });
  return (
    <>
      <p class="quiet">{administrationWords.parkedText}</p>
      <div class="actions">
        <Button busy={loading} onClick={reload}>{administrationWords.refresh}</Button>
        {group !== "" && <Link to="administration" path={["parked"]} button="plain">{administrationWords.allGroups}</Link>}
      </div>
      {group !== "" && <p>{administrationWords.ofGroup(group)}</p>}
      <ProblemNotice problem={problem} onRetry={reload} />
      {data === null && problem === null && <Loading />}
      {data?.length === 0 && <Notice>{administrationWords.nothingParked}</Notice>}
      {data && data.length > 0 && <ParkedTable events={data} onOpen={({ id }) => setOpened(id)} onChange={reload} />}
      {data && <Paging skip={skip} limit={LIMIT} count={data.length} onSkip={turn} />}
      {opened && <ParkedDetails id={opened} onClose={() => setOpened(null)} />}
    </>
  );
}
