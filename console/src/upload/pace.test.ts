import { expect, test } from "vitest";
import { pacer } from "./pace";

test("the rate is that of the last seconds, and the time left follows from it", () => {
  const pace = pacer();
  expect(pace(0, 1000, 0)).toEqual({ sent: 0, total: 1000, rate: null, left: null });
  expect(pace(100, 1000, 1000)).toEqual({ sent: 100, total: 1000, rate: 100, left: 9 });
  pace(200, 1000, 2000);
  expect(pace(200, 1000, 6500)).toMatchObject({ rate: 0, left: null });
  expect(pace(700, 1000, 8500)).toMatchObject({ rate: 250 });
});

test("the first moments tell no rate", () => {
  const pace = pacer();
  pace(0, 1000, 0);
  expect(pace(500, 1000, 100).rate).toBeNull();
});
