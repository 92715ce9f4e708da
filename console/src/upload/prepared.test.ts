import { expect, test } from "vitest";
import { commonFolder, payloadName, refusalOf, sentPaths } from "./prepared";

function chosen(path: string, text = path) {
  return { path, file: new File([text], path.split("/").at(-1) ?? "") };
}

test("what is sent has the name of the single file, or of the folder that holds all", () => {
  expect(payloadName([chosen("study/1.dcm")])).toBe("1.dcm");
  expect(payloadName([chosen("study/a/1.dcm"), chosen("study/2.dcm")])).toBe("study.zip");
  expect(payloadName([chosen("1.dcm"), chosen("2.dcm")])).toBe("files.zip");
});

test("files without a common folder have no name in common", () => {
  expect(commonFolder([chosen("a/1.dcm"), chosen("b/1.dcm")])).toBeNull();
  expect(commonFolder([chosen("1.dcm"), chosen("2.dcm")])).toBeNull();
  expect(commonFolder([chosen("a/1.dcm"), chosen("2.dcm")])).toBeNull();
});

test("what is passed over is not sent, and of two equal paths both are", () => {
  const paths = ["s/DICOMDIR", "s/1.dcm", "s/1.dcm", "s/.DS_Store", "s/1.dcm"];
  expect(paths.map(sentPaths())).toEqual([null, "s/1.dcm", "2/s/1.dcm", null, "3/s/1.dcm"]);
});

test("only what holds an image, or may hold one, becomes a job", () => {
  expect(refusalOf([])).toBe("empty");
  expect(refusalOf(["other", "other"])).toBe("noImages");
  expect(refusalOf(["other", "dicom"])).toBeNull();
  expect(refusalOf(["nifti"])).toBeNull();
  expect(refusalOf(["zip"])).toBeNull();
  expect(refusalOf(["zip", "zip"])).toBe("onlyArchives");
  expect(refusalOf(["zip", "other"])).toBe("onlyArchives");
  expect(refusalOf(["zip", "dicom"])).toBeNull();
});
