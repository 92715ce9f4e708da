import type { ParkedEvent } from "../api/models";
import { Link } from "../parts/link";
import { type Column, Table } from "../parts/table";
import { administrationWords } from "../words/administration";
import { dateTime, number } from "../words/formats";
import { ParkedActions } from "./parked-actions";

interface ParkedTableProps {
  events: readonly ParkedEvent[];
  onOpen: (event: ParkedEvent) => void;
  /** Something was done with an event: the list is not true any more. */
  onChange: () => void;
}

/** Parked events; the group of one leads to all of that group. */
export function ParkedTable({ events, onOpen, onChange }: ParkedTableProps) {
  const columns: readonly Column<ParkedEvent>[] = [
    { title: administrationWords.event, cell: (event) => <Name event={event} /> },
    { title: administrationWords.group, cell: ({ group }) => <Group group={group} /> },
    { title: administrationWords.key, cell: ({ key }) => <span class="breakable">{key}</span> },
    { title: administrationWords.state, cell: ({ state }) => administrationWords.states[state] },
    { title: administrationWords.error, cell: ({ error }) => <code class="breakable">{error}</code> },
    { title: administrationWords.attempts, cell: ({ attempts }) => number(attempts), numeric: true },
    { title: administrationWords.parkedAt, cell: ({ parked_at: time }) => dateTime(time) },
    {
      title: administrationWords.actions,
      cell: (event) => <ParkedActions event={event} onOpen={() => onOpen(event)} onChange={onChange} />,
    },
  ];
  return <Table caption={administrationWords.sections.parked} columns={columns} rows={events} keyOf={({ id }) => id} />;
}

function Name({ event: { event, id } }: { event: ParkedEvent }) {
  return (
    <>
      <span class="breakable">{event?.type ?? administrationWords.unreadable}</span>
      <p class="quiet breakable">{id}</p>
    </>
  );
}

function Group({ group }: { group: string }) {
  return <Link to="administration" path={["parked"]} query={{ group }}>{group}</Link>;
}
