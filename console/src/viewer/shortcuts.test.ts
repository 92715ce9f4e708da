import { beforeEach, expect, it, vi } from "vitest";
import type { ImageScene } from "./image-scene";
import { pressed } from "./shortcuts";
import { type ViewerState, viewerState } from "./viewer-state";

vi.mock("@niivue/niivue", () => ({}));

let state: ViewerState;
const moveBy = vi.fn();
const scene = { moveBy } as unknown as ImageScene;

beforeEach(() => {
  state = viewerState(null);
  moveBy.mockClear();
});

/** Press a key while an element has the focus, and return whether the browser is kept from its own answer. */
function press(on: "canvas" | "button" | "input" | "select", init: KeyboardEventInit): boolean {
  const element = document.createElement(on);
  const event = new KeyboardEvent("keydown", { ...init, cancelable: true });
  element.addEventListener("keydown", (heard) => pressed(heard as KeyboardEvent, state, scene));
  element.dispatchEvent(event);
  return event.defaultPrevented;
}

it("arrows and page keys move the crosshair while the image has the focus", () => {
  expect(press("canvas", { key: "ArrowRight" })).toBe(true);
  expect(press("canvas", { key: "PageUp" })).toBe(true);
  expect(moveBy.mock.calls).toEqual([[[-1, 0, 0]], [[0, 0, 1]]]);
});

it("arrows and page keys scroll the page elsewhere", () => {
  expect(press("button", { key: "ArrowDown" })).toBe(false);
  expect(moveBy).not.toHaveBeenCalled();
});

it("digits choose the plane and M the mask from any button of the viewer, on any keyboard layout", () => {
  press("button", { key: "2" });
  press("canvas", { key: "ь", code: "KeyM" });
  expect([state.plane.value, state.hasMask.value]).toEqual(["coronal", false]);
});

it("no key is taken from a slider or a list, and none that the browser has a meaning for", () => {
  expect(press("input", { key: "1" })).toBe(false);
  expect(press("select", { key: "m", code: "KeyM" })).toBe(false);
  expect(press("canvas", { key: "1", ctrlKey: true })).toBe(false);
  expect([state.plane.value, state.hasMask.value]).toEqual(["all", true]);
});
