import { beforeEach, expect, test } from "vitest";
import type { Statistics, StatisticsWindow } from "../api/models";
import { choose } from "../words/language";
import { reasonRows, reasonText } from "./reasons";

beforeEach(() => choose("en"));

function windows(hour: Record<string, number>, day: Record<string, number>): Statistics["windows"] {
  const window = (failures_by_reason: Record<string, number>) => ({ failures_by_reason }) as StatisticsWindow;
  return { last_hour: window(hour), last_day: window(day) };
}

test("the most frequent reason of the day comes first", () => {
  expect(reasonRows(windows({ TIMEOUT: 1 }, { NO_IMAGE: 2, TIMEOUT: 5, INTERNAL: 2 }))).toEqual([
    { code: "TIMEOUT", lastHour: 1, lastDay: 5 },
    { code: "INTERNAL", lastHour: 0, lastDay: 2 },
    { code: "NO_IMAGE", lastHour: 0, lastDay: 2 },
  ]);
});

test("a reason of the hour that the day does not count yet is not lost", () => {
  expect(reasonRows(windows({ TIMEOUT: 1 }, {}))).toEqual([{ code: "TIMEOUT", lastHour: 1, lastDay: 0 }]);
});

test("a reason is told as the page of a job tells it, and an unknown one by its code", () => {
  expect(reasonText("NO_IMAGE")).toBe("The upload holds no images that can be analysed.");
  expect(reasonText("STATUS_SET")).toBe("Somebody set the status of this job by hand.");
  expect(reasonText("NEWER_CODE")).toBe("NEWER_CODE");
});
