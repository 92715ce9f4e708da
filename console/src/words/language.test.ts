import { expect, test } from "vitest";
import { choose, language, ownForm, preferred } from "./language";
import { plural, words } from "./words";

test("the first language of the browser that the console speaks is the language", () => {
  expect(preferred(["de-DE", "ru-KZ", "en-US"])).toBe("ru");
  expect(preferred(["en-GB", "ru"])).toBe("en");
});

test("who speaks neither gets English", () => {
  expect(preferred(["de-DE", "fr"])).toBe("en");
  expect(preferred([])).toBe("en");
});

test("dates and numbers have the reader's own form of the language", () => {
  expect(ownForm("en", ["de-DE", "en-GB", "en-US"])).toBe("en-GB");
  expect(ownForm("ru", ["en-GB"])).toBe("ru");
});

test("a choice is kept on the device, and changes every sentence", () => {
  const sentences = words({ en: { hello: "Hello" }, ru: { hello: "Здравствуйте" } });
  choose("en");
  expect(sentences.hello).toBe("Hello");
  choose("ru");
  expect(sentences.hello).toBe("Здравствуйте");
  expect(Object.values({ ...localStorage })).toContain("ru");
  expect(language.value).toBe("ru");
});

test("a count takes the form of its language", () => {
  const files = (count: number) => plural("ru", count, { one: "файл", few: "файла", many: "файлов", other: "файла" });
  expect([1, 2, 5, 11, 21, 104].map(files)).toEqual(["файл", "файла", "файлов", "файлов", "файл", "файла"]);
  expect([0, 1, 2].map((count) => plural("en", count, { one: "file", other: "files" }))).toEqual(["files", "file", "files"]);
});
