import { expect, test } from "vitest";
import { filtersOf, isFiltering, queryOf, toggled } from "./filters";

const PLAIN = filtersOf({});

test("the address remembers every filter", () => {
  const filters = { search: "lung & heart", statuses: ["queued", "failed"], skip: 50, limit: 50 } as const;
  expect(filtersOf(queryOf(filters))).toEqual(filters);
});

test("the plain list has no query", () => {
  expect(queryOf(PLAIN)).toEqual({});
  expect(isFiltering(PLAIN)).toBe(false);
});

test("what makes no sense in an address is as if it were missing", () => {
  expect(filtersOf({ status: "done,failed,", skip: "-3", limit: "7" })).toEqual({ ...PLAIN, statuses: ["failed"] });
  expect(filtersOf({ skip: "many", limit: "" })).toEqual(PLAIN);
});

test("a status is added and removed, and leads to the first page", () => {
  const failed = toggled({ ...PLAIN, skip: 25 }, "failed");
  expect(failed).toEqual({ ...PLAIN, statuses: ["failed"], skip: 0 });
  expect(toggled(failed, "failed").statuses).toEqual([]);
});

test("every status together is the same as none", () => {
  expect(toggled({ ...PLAIN, statuses: ["queued", "processing", "completed", "failed"] }, "cancelled").statuses).toEqual([]);
});
