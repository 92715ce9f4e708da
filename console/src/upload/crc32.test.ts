import { randomFillSync } from "node:crypto";
import { crc32 as reference } from "node:zlib";
import { expect, test } from "vitest";
import { crc32 } from "./crc32";

const text = (characters: string) => new TextEncoder().encode(characters);

test("known values are those of ISO 3309", () => {
  expect(crc32(text(""))).toBe(0);
  expect(crc32(text("123456789"))).toBe(0xcbf43926);
  expect(crc32(text("The quick brown fox jumps over the lazy dog"))).toBe(0x414fa339);
});

test("every length and every start in memory gives what zlib gives", () => {
  const bytes = randomFillSync(new Uint8Array(5000));
  for (let length = 0; length < 70; length += 1) {
    const part = bytes.subarray(length, 2 * length + 3);
    expect(crc32(part)).toBe(reference(part));
  }
  expect(crc32(bytes)).toBe(reference(bytes));
});

test("a file read in pieces has the CRC of the whole", () => {
  const bytes = randomFillSync(new Uint8Array(1000));
  expect(crc32(bytes.subarray(333), crc32(bytes.subarray(0, 333)))).toBe(reference(bytes));
});
