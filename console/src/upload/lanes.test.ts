import { expect, test } from "vitest";
import { inLanes } from "./lanes";

test("results stand in the order of the items, whichever comes first", async () => {
  const after = (time: number) => new Promise<number>((resolve) => setTimeout(() => resolve(time), time));
  expect(await inLanes(3, [20, 1, 10, 0, 5], after)).toEqual([20, 1, 10, 0, 5]);
});

test("items are asked for only when there is a lane for them", async () => {
  let asked = 0;
  async function* items() {
    for (; asked < 5; asked += 1) {
      yield asked;
    }
  }
  const seen: number[] = [];
  await inLanes(1, items(), async (item) => seen.push(asked - item));
  expect(seen).toEqual([0, 0, 0, 0, 0]);
});

test("no more than so many are under way at once", async () => {
  let [underWay, most] = [0, 0];
  await inLanes(3, Array.from({ length: 10 }), async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve));
    underWay -= 1;
  });
  expect(most).toBe(3);
});

test("the first that fails rejects the whole", async () => {
  const refuse = (number: number) => (number === 2 ? Promise.reject(new Error("2")) : Promise.resolve(number));
  await expect(inLanes(2, [1, 2, 3], refuse)).rejects.toThrow("2");
});
