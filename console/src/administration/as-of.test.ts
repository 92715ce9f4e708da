import { expect, test } from "vitest";
import { ApiError } from "../api/api-error";
import { asOf, storyErrors } from "./as-of";

test("nothing stands for now, and a number for a revision", () => {
  expect(asOf("  ")).toBe("");
  expect(asOf(" 12 ")).toBe("12");
});

test("a time with a zone is sent as it is, to the microsecond", () => {
  expect(asOf("2026-05-17T12:00:00.123456Z")).toBe("2026-05-17T12:00:00.123456Z");
  expect(asOf("2026-05-17T12:00+03:00")).toBe("2026-05-17T12:00+03:00");
});

test("a time without a zone is the reader's own", () => {
  const local = new Date(2026, 4, 17, 12, 30).toISOString();
  expect(asOf("2026-05-17 12:30")).toBe(local);
  expect(asOf("2026-05-17T12:30:00")).toBe(local);
  expect(asOf("2026-05-17")).toBe(new Date(2026, 4, 17).toISOString());
});

test.each(["yesterday", "-1", "1.5", "2026-13-01", "2026-05-17 25:00", "17.05.2026", "2026-05-17T12:00:00 Z", "1".repeat(19)])(
  "%s is no point in time",
  (text) => expect(asOf(text)).toBeNull(),
);

test("what does not exist is told beside the field that asks for it", () => {
  const unknown = new ApiError(404, "unknown");
  expect(storyErrors(unknown, false)).toEqual({ reference: "unknown" });
  expect(storyErrors(unknown, true)).toEqual({ asOf: "unknown" });
  expect(storyErrors(new ApiError(422, "unreadable"), true)).toEqual({ asOf: "unreadable" });
  expect(storyErrors(new ApiError(503, "away"), true)).toEqual({});
  expect(storyErrors(null, false)).toEqual({});
});
