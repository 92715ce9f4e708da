import { crc32 } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import type { ChosenFile } from "./chosen-files";
import { examine } from "./file-examination";
import { UnreadableFile } from "./obstacles";
import { zip, zipPart } from "./zip";

const MIB = 1024 * 1024;

afterEach(() => vi.restoreAllMocks());

function bytesOf(size: number, seed: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).map((_, at) => at * 31 + seed);
}

function chosen(contents: readonly Uint8Array<ArrayBuffer>[]): ChosenFile[] {
  return contents.map((bytes, number) => ({ path: `s/${number}`, file: new File([bytes], `${number}`) }));
}

/** Files as they come from the page. */
async function* batches(...given: (readonly ChosenFile[])[]) {
  yield* given;
}

test("several files are packed in their order, each with the CRC of all its bytes", async () => {
  const sizes = [10 * MIB + 3, 0, 5, 4 * MIB, 3 * MIB, 2 * MIB, ...Array<number>(300).fill(7), 4 * MIB + 1, 0];
  const contents = sizes.map(bytesOf);
  const onRead = vi.fn();
  const files = chosen(contents);
  const { kinds, content } = await examine(batches(files.slice(0, 1), [], files.slice(1)), onRead);
  const expected = files.map(({ path, file }, number) => {
    const crc = crc32(contents[number] as Uint8Array);
    return { path, size: file.size, crc, modified: file.lastModified, content: file };
  });
  const reference = await zip([zipPart(expected)]).arrayBuffer();
  expect(Buffer.from(await content.arrayBuffer()).equals(Buffer.from(reference))).toBe(true);
  expect([content.type, kinds.length]).toEqual(["application/zip", sizes.length]);
  const read = onRead.mock.calls.reduce((sum, [bytes]) => sum + (bytes as number), 0);
  expect(read).toBe(sizes.reduce((sum, size) => sum + size));
});

test("files are examined before the last of them is known", async () => {
  const [first, second, last] = chosen([new Uint8Array(5 * MIB), new Uint8Array(5 * MIB), bytesOf(5, 1)]);
  let goOn = () => {};
  const wait = new Promise<void>((resolve) => (goOn = resolve));
  async function* coming() {
    yield [first as ChosenFile, second as ChosenFile];
    await wait;
    yield [last as ChosenFile];
  }
  expect((await examine(coming(), () => goOn())).kinds).toHaveLength(3);
});

test("no file is nothing to send", async () => {
  expect((await examine(batches([]), () => undefined)).kinds).toEqual([]);
});

test("a single file is sent as it is, and known by its first bytes", async () => {
  const [file] = chosen([new Uint8Array(9 * MIB)]) as [ChosenFile];
  const reading = vi.spyOn(Blob.prototype, "arrayBuffer");
  expect(await examine(batches([file], []), () => undefined)).toEqual({ kinds: ["other"], content: file.file });
  expect(reading.mock.contexts.map((part) => (part as Blob).size)).toEqual([65_536]);
});

test("small files are read together, and never more than 4 MiB at once", async () => {
  const reading = vi.spyOn(Blob.prototype, "arrayBuffer");
  const small = Array.from({ length: 1000 }, (_, number) => bytesOf(10, number));
  const onRead = vi.fn();
  await examine(batches(chosen([...small, new Uint8Array(9 * MIB)])), onRead);
  expect(reading.mock.calls.length).toBeLessThan(10);
  expect(Math.max(...onRead.mock.calls.map(([bytes]) => bytes as number))).toBe(4 * MIB);
});

test("a large file among others is known by its first bytes", async () => {
  const bytes = new Uint8Array(9 * MIB);
  bytes.set(new TextEncoder().encode("DICM"), 128);
  expect((await examine(batches(chosen([bytes, bytesOf(5, 1)])), () => undefined)).kinds.toSorted()).toEqual(["dicom", "other"]);
});

test("a file that can't be read is named", async () => {
  const files = ["there.dcm", "gone.dcm"].map((path) => ({ path, file: new File(["x"], path) }));
  vi.spyOn(Blob.prototype, "arrayBuffer").mockImplementation(async function (this: Blob) {
    if (this === files[0]?.file) {
      return new ArrayBuffer(1);
    }
    throw new DOMException("", "NotReadableError");
  });
  await expect(examine(batches(files), () => undefined)).rejects.toEqual(new UnreadableFile("gone.dcm"));
});
