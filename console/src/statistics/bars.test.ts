import { expect, test } from "vitest";
import { barsOf } from "./bars";

test("bars of one group stand side by side, and a place stays free before the next", () => {
  const { places, columns } = barsOf([[1, 2], [3, 4]]);
  expect(places).toEqual([0, 1, 2, 3, 4]);
  expect(columns).toEqual([
    [1, null, null, 2, null],
    [null, 3, null, null, 4],
  ]);
});

test("the name of a group stands in its middle", () => {
  expect(barsOf([[1, 2], [3, 4]]).middles).toEqual([0.5, 3.5]);
  expect(barsOf([[1, 2, 3]]).middles).toEqual([0, 2, 4]);
});
