import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { crc32 } from "./crc32";
import { directoryOf, zip, zipPart, type Packed } from "./zip";
import { directoryEnd, directoryEntry, localHeader, type ZipEntry } from "./zip-records";

const GIB = 1024 ** 3;
const MODIFIED = new Date(2026, 10, 27, 16, 5, 42).getTime();

function packed(path: string, text: string): Packed {
  const bytes = new TextEncoder().encode(text);
  return { path, size: bytes.length, crc: crc32(bytes), modified: MODIFIED, content: new Blob([bytes]) };
}

function entry(size: number): ZipEntry {
  return { path: "a", size, crc: 1, modified: MODIFIED };
}

function u16(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer).getUint16(at, true);
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer).getUint32(at, true);
}

function u64(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer).getBigUint64(at, true));
}

test("another program reads back every file, with names in any script", async () => {
  const files = [packed("КТ/срез 1.dcm", "one"), packed("КТ/slice 2.dcm", "the second"), packed("empty", "")];
  const parts = [zipPart(files.slice(0, 2)), zipPart(files.slice(2))];
  const read = unzipSync(new Uint8Array(await zip(parts).arrayBuffer()));
  const texts = Object.entries(read).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
  expect(texts).toEqual([
    ["empty", ""],
    ["КТ/slice 2.dcm", "the second"],
    ["КТ/срез 1.dcm", "one"],
  ]);
});

test("a time is written as MS-DOS has it; one before its years is its first", () => {
  const header = localHeader(entry(1));
  expect(u16(header, 10)).toBe((16 << 11) | (5 << 5) | 21);
  expect(u16(header, 12)).toBe((46 << 9) | (11 << 5) | 27);
  expect(u16(localHeader({ ...entry(1), modified: 0 }), 12) >> 9).toBe(0);
});

describe("a number that 32 bits can't hold", () => {
  test("as a size is in the ZIP64 field of both headers", () => {
    const [plain, large] = [localHeader(entry(4 * GIB - 2)), localHeader(entry(4 * GIB - 1))];
    expect([u16(plain, 4), u32(plain, 22), u16(plain, 28)]).toEqual([20, 4 * GIB - 2, 0]);
    expect([u16(large, 4), u32(large, 22), u16(large, 28)]).toEqual([45, 0xffffffff, 20]);
    expect([u16(large, 31), u64(large, 35), u64(large, 43)]).toEqual([1, 4 * GIB - 1, 4 * GIB - 1]);
    const inDirectory = directoryEntry(entry(5 * GIB), 0);
    expect([u32(inDirectory, 24), u16(inDirectory, 30), u64(inDirectory, 51)]).toEqual([0xffffffff, 20, 5 * GIB]);
  });

  test("as an offset is in the ZIP64 field alone", () => {
    const [plain, far] = [directoryEntry(entry(1), 4 * GIB - 2), directoryEntry(entry(1), 4 * GIB - 1)];
    expect([u32(plain, 42), u16(plain, 30)]).toEqual([4 * GIB - 2, 0]);
    expect([u32(far, 42), u32(far, 24), u16(far, 30), u64(far, 51)]).toEqual([0xffffffff, 1, 12, 4 * GIB - 1]);
  });

  test("follows from the files and the parts before", () => {
    const part = (...offsets: number[]) => ({ size: 3 * GIB, offsets });
    const parts = [part(0, 2 * GIB), part(0, 2 * GIB)].map(({ size, offsets }, of) => ({
      content: { size },
      entries: offsets.map((offset, number) => [offset, { ...entry(1), path: `${of}${number}` }] as const),
    }));
    const [, second, third, fourth] = directoryOf(parts) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    expect([u32(second, 42), u32(third, 42), u64(fourth, 52)]).toEqual([2 * GIB, 3 * GIB, 5 * GIB]);
  });
});

test("a part knows where each of its files begins", () => {
  const { entries } = zipPart([packed("a", "12345"), packed("bc", "")]);
  expect(entries.map(([offset]) => offset)).toEqual([0, 31 + 5]);
});

test("files are listed by their paths, in whatever order they stand", async () => {
  const parts = [zipPart([packed("s/2", "two"), packed("s/10", "ten")]), zipPart([packed("s/1", "one")])];
  const read = unzipSync(new Uint8Array(await zip(parts).arrayBuffer()));
  const texts = Object.entries(read).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
  expect(texts).toEqual([["s/1", "one"], ["s/10", "ten"], ["s/2", "two"]]);
});

describe("the end of the directory", () => {
  test("is plain while everything fits", () => {
    const end = directoryEnd(0xfffe, 100, 4 * GIB - 2);
    expect(end).toHaveLength(22);
    expect([u16(end, 10), u32(end, 12), u32(end, 16)]).toEqual([0xfffe, 100, 4 * GIB - 2]);
  });

  test("of 65,535 entries, or beyond 4 GiB, is told by ZIP64", () => {
    const end = directoryEnd(70_000, 100, 5 * GIB);
    expect(end).toHaveLength(56 + 20 + 22);
    expect([u64(end, 24), u64(end, 32), u64(end, 40), u64(end, 48)]).toEqual([70_000, 70_000, 100, 5 * GIB]);
    expect(u64(end, 56 + 8)).toBe(5 * GIB + 100);
    expect([u16(end, 76 + 10), u32(end, 76 + 16)]).toEqual([0xffff, 0xffffffff]);
    expect(directoryEnd(0xffff, 1, 1)).toHaveLength(98);
  });
});
