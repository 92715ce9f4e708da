import { beforeEach, expect, test } from "vitest";
import { bytes, bytesPerSecond, duration, number, percent } from "./formats";
import { choose } from "./language";

/** Spaces that Intl writes so that a line does not break there. */
function plain(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, " ");
}

beforeEach(() => choose("ru"));

test("numbers have the reader's signs", () => {
  expect(plain(number(1234567.891, 2))).toBe("1 234 567,89");
  expect(plain(percent(0.256, 1))).toBe("25,6 %");
  choose("en");
  expect(number(1234567.891, 2)).toBe("1,234,567.89");
});

test("bytes are told in the unit that keeps them short", () => {
  choose("en");
  expect([0, 999, 1000, 157_300_000, 4_294_967_296].map(bytes)).toEqual(["0 byte", "999 byte", "1 kB", "157.3 MB", "4.3 GB"]);
  choose("ru");
  expect(plain(bytes(157_300_000))).toBe("157,3 МБ");
});

test("a rate is bytes in a second", () => {
  expect(plain(bytesPerSecond(12_500_000))).toBe("12,5 МБ/с");
});

test("a duration has at most two units", () => {
  choose("en");
  expect([0.25, 1.5, 42, 185, 7260].map(duration)).toEqual(["0.25 sec", "1.5 sec", "42 sec", "3 min 5 sec", "2 hr 1 min"]);
});
