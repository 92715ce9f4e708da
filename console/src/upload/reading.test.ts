import { afterEach, expect, test, vi } from "vitest";
import { UnreadableFile } from "./obstacles";
import { bytesOf, unreadable } from "./reading";

afterEach(() => vi.restoreAllMocks());

function chosen(...paths: string[]) {
  return paths.map((path) => ({ path, file: new File([path], path) }));
}

/** Let the browser answer so when it reads a file, a part of it, or several files at once. */
function answerFor(file: File, answer: () => Promise<ArrayBuffer>): void {
  const parts = new Map<Blob, Blob>();
  const { arrayBuffer, slice } = Blob.prototype;
  vi.spyOn(Blob.prototype, "slice").mockImplementation(function (this: Blob, ...range) {
    const part = slice.apply(this, range);
    parts.set(part, this);
    return part;
  });
  vi.spyOn(Blob.prototype, "arrayBuffer").mockImplementation(function (this: Blob) {
    const isTogether = !(this instanceof File) && !parts.has(this);
    return isTogether || (parts.get(this) ?? this) === file ? answer() : arrayBuffer.call(this);
  });
}

test("files are read one after the other", async () => {
  expect(new TextDecoder().decode(await bytesOf(chosen("a", "", "bc")))).toBe("abc");
});

test("the file that can't be read is named with its path", async () => {
  const files = chosen("s/1", "s/2");
  answerFor((files[1] as { file: File }).file, () => Promise.reject(new Error()));
  await expect(bytesOf(files)).rejects.toEqual(new UnreadableFile("s/2"));
  expect(await unreadable(files)).toEqual(new UnreadableFile("s/2"));
});

test("a file that has become shorter is named, though what is left of it can be read", async () => {
  const files = chosen("s/1", "s/2");
  answerFor((files[1] as { file: File }).file, () => Promise.resolve(new ArrayBuffer(0)));
  expect(await unreadable(files)).toEqual(new UnreadableFile("s/2"));
});

test("of files that are still there none is named, however many and however empty", async () => {
  const reading = vi.spyOn(Blob.prototype, "arrayBuffer");
  expect(await unreadable(chosen("", ...Array.from({ length: 1000 }, (_, number) => `${number}`)))).toBeNull();
  expect(reading.mock.calls).toHaveLength(4);
});
