import { expect, test } from "vitest";
import { changesOf, profileOf } from "./profile";

const USER = { username: "doctor", email: "doctor@example.com", full_name: null, bio: "Radiologist" };

test("the form shows a field without a value as empty", () => {
  expect(profileOf(USER)).toEqual({ ...USER, full_name: "" });
});

test("a form that nobody touched changes nothing", () => {
  expect(changesOf(USER, profileOf(USER))).toEqual({});
});

test("only what differs is changed, and an emptied field has no value any more", () => {
  const form = { ...profileOf(USER), email: "", full_name: "Ivan Petrov" };
  expect(changesOf(USER, form)).toEqual({ email: null, full_name: "Ivan Petrov" });
});

test("an emptied username is sent as it is, for the API to refuse", () => {
  expect(changesOf(USER, { ...profileOf(USER), username: "" })).toEqual({ username: "" });
});
