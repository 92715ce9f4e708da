import { expect, it } from "vitest";
import { planeOf, PLANES, stepOf } from "./planes";

it("right on the screen is the patient's left, and in the sagittal plane the back", () => {
  expect(stepOf("axial", "ArrowRight")).toEqual([-1, 0, 0]);
  expect(stepOf("coronal", "ArrowRight")).toEqual([-1, 0, 0]);
  expect(stepOf("sagittal", "ArrowRight")).toEqual([0, -1, 0]);
});

it("up on the screen is the front in the axial plane, and the head in the others", () => {
  expect(stepOf("axial", "ArrowUp")).toEqual([0, 1, 0]);
  expect(stepOf("coronal", "ArrowUp")).toEqual([0, 0, 1]);
  expect(stepOf("sagittal", "ArrowUp")).toEqual([0, 0, 1]);
});

it("page keys leave the plane, and each key undoes its opposite", () => {
  expect(stepOf("axial", "PageUp")).toEqual([0, 0, 1]);
  expect(stepOf("coronal", "PageUp")).toEqual([0, 1, 0]);
  expect(stepOf("sagittal", "PageUp")).toEqual([-1, 0, 0]);
  for (const [one, other] of [["ArrowLeft", "ArrowRight"], ["ArrowUp", "ArrowDown"], ["PageUp", "PageDown"]] as const) {
    for (const plane of PLANES) {
      const sum = (stepOf(plane, one) ?? []).map((step, axis) => step + (stepOf(plane, other)?.[axis] ?? 0));
      expect(sum).toEqual([0, 0, 0]);
    }
  }
});

it("digits choose a plane, and no other key does", () => {
  expect(["1", "2", "3", "4"].map(planeOf)).toEqual(["axial", "coronal", "sagittal", "all"]);
  expect(["0", "5", "a", "ArrowUp", ""].map(planeOf)).toEqual([null, null, null, null, null]);
  expect(stepOf("axial", "a")).toBeNull();
});
