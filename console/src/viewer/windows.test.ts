import { expect, it } from "vitest";
import { isSame, levelAndWidth, presetOf, PRESETS } from "./windows";

it("the presets have the levels and widths that radiologists use", () => {
  expect(levelAndWidth(PRESETS.lung)).toEqual({ level: -600, width: 1500 });
  expect(levelAndWidth(PRESETS.mediastinum)).toEqual({ level: 40, width: 400 });
  expect(levelAndWidth(PRESETS.bone)).toEqual({ level: 500, width: 2000 });
  expect(levelAndWidth(PRESETS.softTissue)).toEqual({ level: 50, width: 350 });
});

it("a window has the name of the preset that draws alike, and none after a drag", () => {
  expect(presetOf({ low: -1350, high: 150 })).toBe("lung");
  expect(presetOf({ low: -1351, high: 150 })).toBeNull();
  expect(presetOf(null)).toBeNull();
});

it("no window is the same as no window only", () => {
  expect(isSame(null, null)).toBe(true);
  expect(isSame(null, PRESETS.lung)).toBe(false);
});
