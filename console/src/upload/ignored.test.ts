import { expect, test } from "vitest";
import { isIgnored } from "./ignored";

test("indexes and what operating systems leave behind is passed over", () => {
  const left = ["DICOMDIR", "a/Thumbs.db", "a/b/.DS_Store", "a/desktop.ini", "a/._1.dcm", "a/__MACOSX/1.dcm"];
  expect(left.filter(isIgnored)).toEqual(left);
});

test("files that merely look alike are taken", () => {
  expect(["1.dcm", "DICOMDIR.dcm", "thumbs.db.dcm", "a/IM0001", "__MACOSX.zip", "a/.1.dcm"].filter(isIgnored)).toEqual([]);
});
