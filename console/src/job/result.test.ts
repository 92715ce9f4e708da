import { expect, it } from "vitest";
import { resultOf } from "./result";

it("a result of before the provenance has the findings that it has, and nothing else", () => {
  const finding = { type: "lesion", volume: 500.2, location: { x: 1, y: 2, z: 3 }, confidence: 0.9 };
  const result = resultOf({ findings: [finding], summary: { lesions_count: 1 } });
  expect(result.findings).toEqual([finding]);
  expect(result).toMatchObject({ metrics: [], warnings: [], series: null, provenance: null });
});
