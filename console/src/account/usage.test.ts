import { expect, test } from "vitest";
import { usedShare } from "./usage";

test("a quota is used by its share", () => {
  expect(usedShare({ used: 5, allowed: 20 })).toBe(0.25);
});

test("more than all of it is all of it, also of a quota of nothing", () => {
  expect(usedShare({ used: 21, allowed: 20 })).toBe(1);
  expect(usedShare({ used: 0, allowed: 0 })).toBe(1);
});

test("without a limit there is no share", () => {
  expect(usedShare({ used: 5, allowed: null })).toBeNull();
});
