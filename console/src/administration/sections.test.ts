import { expect, test } from "vitest";
import { sectionOf, skipOf } from "./sections";

test("the path names the part of the screen", () => {
  expect(sectionOf([])).toBe("users");
  expect(sectionOf(["audit", "job", "7"])).toBe("audit");
  expect(sectionOf(["nothing"])).toBeNull();
});

test("a page that makes no sense is the first one", () => {
  expect(["25", "-1", "many", ""].map((skip) => skipOf({ skip }))).toEqual([25, 0, 0, 0]);
  expect(skipOf({})).toBe(0);
});
