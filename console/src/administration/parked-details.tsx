import { api } from "../api/client";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Facts } from "../parts/facts";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { administrationWords } from "../words/administration";
import { dateTime } from "../words/formats";
import { partsWords } from "../words/parts";
import { JsonText } from "./json-text";

/** A parked event with its data. Each look is recorded by the API. */
export function ParkedDetails({ id, onClose }: { id: string; onClose: () => void }) {
  const ask = (signal: AbortSignal) => api.get("/parked/{parked_id}", { path: { parked_id: id }, signal });
  const { data: parked, problem, reload } = useResource(ask, [id]);
  return (
    <Dialog title={administrationWords.parkedEvent} onClose={onClose}>
      <ProblemNotice problem={problem} onRetry={reload} />
      {parked === null && problem === null && <Loading />}
      {parked && (
        <>
          <Facts
            facts={[
              [administrationWords.event, parked.event?.type ?? administrationWords.unreadable],
              [administrationWords.time, parked.event && dateTime(parked.event.time)],
              [administrationWords.eventId, parked.event && <code class="breakable">{parked.event.id}</code>],
              [administrationWords.correlation, parked.event && <code class="breakable">{parked.event.correlation_id}</code>],
              [administrationWords.group, parked.group],
              [administrationWords.error, <code class="breakable">{parked.error}</code>],
            ]}
          />
          <h3>{administrationWords.data}</h3>
          {parked.data === null ? <p>{administrationWords.unreadable}</p> : <JsonText value={parked.data} />}
        </>
      )}
      <div class="actions">
        <Button onClick={onClose}>{partsWords.close}</Button>
      </div>
    </Dialog>
  );
}
