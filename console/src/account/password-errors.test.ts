import { expect, test } from "vitest";
import { ApiError } from "../api/api-error";
import { passwordErrors } from "./password-errors";

test("a wrong present password, and too many of them, are told beside it", () => {
  expect(passwordErrors(new ApiError(403, "wrong"))).toEqual({ current_password: "wrong" });
  expect(passwordErrors(new ApiError(429, "wait"))).toEqual({ current_password: "wait" });
});

test("a new password that is refused is told beside the new one", () => {
  expect(passwordErrors(new ApiError(422, "common", { password: "common" }))).toEqual({ password: "common" });
});

test("what concerns no field is told beside none", () => {
  expect(passwordErrors(null)).toEqual({});
  expect(passwordErrors(new ApiError(503, "away"))).toEqual({});
});
