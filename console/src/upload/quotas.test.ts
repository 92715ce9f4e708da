import { expect, test } from "vitest";
import { QuotaExceeded, TooLarge } from "./obstacles";
import { exceeded } from "./quotas";

const quotas = {
  bytes: { used: 900, allowed: 1000 },
  files: { used: 3, allowed: 10 },
  jobs_waiting: { used: 0, allowed: null },
};
const limits = { quotas, max_upload_bytes: 500 };

test("what fits is not stopped, to the last byte", () => {
  expect(exceeded(limits, 100)).toBeNull();
  expect(exceeded({ ...limits, max_upload_bytes: 100 }, 100)).toBeNull();
});

test("what does not fit names the quota", () => {
  expect(exceeded(limits, 101)).toEqual(new QuotaExceeded("bytes", 900, 1000));
  const full = { ...quotas, files: { used: 10, allowed: 10 } };
  expect(exceeded({ ...limits, quotas: full }, 1)).toMatchObject({ quota: "files" });
  const busy = { ...quotas, jobs_waiting: { used: 20, allowed: 20 } };
  expect(exceeded({ ...limits, quotas: busy }, 1)).toMatchObject({ quota: "jobs_waiting" });
});

test("what is larger than any upload may be is told before the quota: no deleted job makes room for it", () => {
  expect(exceeded(limits, 501)).toEqual(new TooLarge(501, 500));
});
