import { expect, test } from "vitest";
import { parse, href } from "../routes";
import { addressOfSubject, subjectOf } from "./stories";

test("the address remembers whose story it is, and until when", () => {
  const subject = { kind: "user", reference: "7", asOf: "2026-05-17T12:00+03:00" } as const;
  const { path, query } = parse(href("administration", ...addressOfSubject(subject)));
  expect(subjectOf(path, query)).toEqual(subject);
});

test("without a subject nothing is asked of a job", () => {
  expect(subjectOf(["audit"], {})).toEqual({ kind: "job", reference: "", asOf: "" });
  expect(addressOfSubject({ kind: "file", reference: "", asOf: "" })).toEqual([["audit", "file"], {}]);
});
