import type { AuditEntry, AuditHistory } from "../api/models";
import { Link } from "../parts/link";
import { Notice } from "../parts/notice";
import { type Column, Table } from "../parts/table";
import { administrationWords } from "../words/administration";
import { dateTime, number } from "../words/formats";
import { actorText } from "../words/job-history";
import { JsonText } from "./json-text";
import { addressOfSubject, type Subject } from "./stories";

interface StoryProps {
  subject: Subject;
  history: AuditHistory;
}

/** A story: the state at its end, and the events that led there, each with a link to the state after it. */
export function Story({ subject, history: { stream, revision, intact, state, story } }: StoryProps) {
  const columns: readonly Column<AuditEntry>[] = [
    { title: administrationWords.revision, cell: (entry) => <Revision subject={subject} stream={stream} entry={entry} /> },
    { title: administrationWords.time, cell: ({ time }) => <time dateTime={time}>{dateTime(time)}</time> },
    { title: administrationWords.event, cell: (entry) => <Event entry={entry} /> },
    { title: administrationWords.actor, cell: ({ actor }) => actorText(actor, null) },
    { title: administrationWords.service, cell: ({ service, version }) => `${service} ${version}` },
    { title: administrationWords.cause, cell: ({ cause }) => <span class="breakable">{cause === "" ? "—" : cause}</span> },
  ];
  return (
    <>
      {!intact && <Notice kind="problem">{administrationWords.notIntact}</Notice>}
      <h3>{administrationWords.stateAt(number(revision))}</h3>
      <JsonText value={state} />
      <h3>{administrationWords.events}</h3>
      <Table caption={administrationWords.events} columns={columns} rows={story} keyOf={({ id }) => id} />
    </>
  );
}

/** The revision; one of the stream itself leads to the story until then. */
function Revision({ subject, stream, entry }: { subject: Subject; stream: string; entry: AuditEntry }) {
  if (entry.stream !== stream) {
    return <span class="breakable">{`${entry.stream}@${entry.revision}`}</span>;
  }
  const [path, query] = addressOfSubject({ ...subject, asOf: String(entry.revision) });
  return <Link to="administration" path={path} query={query}>{administrationWords.until(number(entry.revision))}</Link>;
}

function Event({ entry: { type, data } }: { entry: AuditEntry }) {
  return (
    <details>
      <summary class="breakable">{type}</summary>
      <JsonText value={data} />
    </details>
  );
}
