import type { CurrentUser, Quota } from "../api/models";
import { Progress } from "../parts/progress";
import { type Column, Table } from "../parts/table";
import { bytes, number } from "../words/formats";
import { accountWords } from "../words/account";
import { usedShare } from "./usage";

const QUOTAS = ["bytes", "files", "jobs_waiting"] as const;
type QuotaName = (typeof QUOTAS)[number];

interface Row {
  readonly name: QuotaName;
  readonly quota: Quota;
}

/** What the user has used of what is allowed. */
export function QuotasSection({ quotas }: Pick<CurrentUser, "quotas">) {
  const columns: readonly Column<Row>[] = [
    { title: accountWords.quota, cell: ({ name }) => accountWords.quotas[name] },
    { title: accountWords.used, cell: ({ name, quota }) => amount(name, quota.used), numeric: true },
    { title: accountWords.allowed, cell: ({ name, quota }) => allowance(name, quota), numeric: true },
    { title: accountWords.share, cell: (row) => <Share {...row} /> },
  ];
  const rows = QUOTAS.map((name) => ({ name, quota: quotas[name] }));
  return (
    <section>
      <h2>{accountWords.usage}</h2>
      <Table caption={accountWords.usage} columns={columns} rows={rows} keyOf={({ name }) => name} />
    </section>
  );
}

function Share({ name, quota }: Row) {
  const share = usedShare(quota);
  return share === null ? <>—</> : <Progress share={share} label={accountWords.quotas[name]} />;
}

function allowance(name: QuotaName, { allowed }: Quota): string {
  return allowed === null ? accountWords.unlimited : amount(name, allowed);
}

function amount(name: QuotaName, value: number): string {
  return name === "bytes" ? bytes(value) : number(value);
}
