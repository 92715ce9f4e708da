import { expect, it } from "vitest";
import { failureText } from "./failures";
import { language } from "./language";

it("each failure says why and what to do, in both languages", () => {
  const codes = [
    ...["ZIP_INVALID", "ZIP_LIMIT", "ZIP_ENCRYPTED", "NO_IMAGE", "UNSUPPORTED_SYNTAX", "GEOMETRY_MISSING", "GEOMETRY_MIXED"],
    ...["TOO_LARGE", "NOT_APPLICABLE", "MODEL_ERROR", "TIMEOUT", "OUT_OF_MEMORY", "INTERNAL"],
  ];
  for (const chosen of ["en", "ru"] as const) {
    language.value = chosen;
    for (const code of codes) {
      const { reason, advice } = failureText({ code, message: "" });
      expect(`${chosen} ${code} ${Boolean(reason && advice)}`).toBe(`${chosen} ${code} true`);
    }
  }
});

it("a failure of a newer analyzer says what it says itself", () => {
  expect(failureText({ code: "NEW", message: "новое" })).toEqual({ reason: "новое", advice: "" });
});

it("a job that was set to failed by hand says so", () => {
  language.value = "en";
  expect(failureText(null).reason).toContain("by hand");
});
