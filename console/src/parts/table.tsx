import type { ComponentChildren } from "preact";

/** A column of a table. */
export interface Column<T> {
  /** The heading; on a phone, where a row is a card, it stands before the value. */
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Numbers stand on the right. */
  readonly numeric?: boolean;
}

interface TableProps<T> {
  /** What the table shows, for a screen reader. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string | number;
  /** Whether a row is the chosen one. */
  isCurrent?: (row: T) => boolean;
}

/** A table; its first column names the row. */
export function Table<T>({ caption, columns, rows, keyOf, isCurrent }: TableProps<T>) {
  return (
    <table class="table">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, numeric }) => (
            <th key={title} scope="col" class={numeric ? "numeric" : ""}>{title}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} {...(isCurrent?.(row) && { "aria-current": "true" })}>
            {columns.map((column, index) => <Cell key={column.title} column={column} row={row} isName={index === 0} />)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<T>({ column, row, isName }: { column: Column<T>; row: T; isName: boolean }) {
  const shape = { class: column.numeric ? "numeric" : "", "data-title": column.title };
  return isName ? <th scope="row" {...shape}>{column.cell(row)}</th> : <td {...shape}>{column.cell(row)}</td>;
}
