import { afterEach, expect, it } from "vitest";
import type { HistoryEntry } from "../api/models";
import { actorText, eventText } from "./job-history";
import { language } from "./language";

const entry = (type: string, data: HistoryEntry["data"]): HistoryEntry => ({
  ...{ revision: 0, time: "2026-01-01T00:00:00Z", actor: "user:1", text: "по-русски" },
  type,
  data,
});

afterEach(() => {
  language.value = "en";
});

it("an event is told in the reader's language, in each of its versions", () => {
  language.value = "en";
  expect(eventText(entry("jobs.job-submitted.v1", { number: 7, input: { name: "a.zip" } }))).toBe(
    "Job no. 7 was created, file “a.zip”",
  );
  expect(eventText(entry("jobs.analysis-progressed.v1", { progress: 44, stage: "detect" }))).toBe("44 % done: Finding regions");
  language.value = "ru";
  expect(eventText(entry("jobs.job-submitted.v2", { number: 7, input: null }))).toBe("Задание №7 создано");
});

it("an event that is newer than the page is told by the API", () => {
  expect(eventText(entry("jobs.job-archived.v1", {}))).toBe("по-русски");
});

it("who caused an event is the reader, another user, or a service", () => {
  language.value = "en";
  expect([actorText("user:1", 1), actorText("user:2", 1), actorText("service:analyzer", 1), actorText("cron", 1)]).toEqual([
    ...["You", "User 2", "Service analyzer", "cron"],
  ]);
});
