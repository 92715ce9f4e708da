import { gzipSync } from "fflate";
import { expect, test } from "vitest";
import { kindOf } from "./content-kind";

const text = (characters: string) => Uint8Array.from(characters, (character) => character.charCodeAt(0));

function withText(length: number, at: number, characters: string): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(text(characters), at);
  return bytes;
}

test("DICOM is known by its preamble, or by its first element", () => {
  expect(kindOf(withText(132, 128, "DICM"))).toBe("dicom");
  expect(kindOf(text("\x02\0\0\0UL\x04\0\0\0\0\0"))).toBe("dicom");
  expect(kindOf(text("\x08\0\x05\0CS\x0a\0ISO_IR 100"))).toBe("dicom");
  expect(kindOf(text("\x08\0\x05\0\x0a\0\0\0ISO_IR 100"))).toBe("dicom");
  expect(kindOf(text("\0\x08\0\x05CS\0\x0aISO_IR 100"))).toBe("dicom");
});

test("what only begins like DICOM is something else", () => {
  expect(kindOf(text("\x08\0\x05\0\0\0\0\x7fISO_IR 100"))).toBe("other");
  expect(kindOf(text("\0\x08\0\x05\0\0\0\x0aISO_IR 100"))).toBe("other");
  expect(kindOf(text("\x08\0"))).toBe("other");
});

test("NIfTI is known by its magic, packed or not", () => {
  const [first, second] = [withText(400, 344, "n+1\0"), withText(600, 4, "n+2\0")];
  expect([first, second, gzipSync(first), gzipSync(second)].map(kindOf)).toEqual(Array(4).fill("nifti"));
  const large = new Uint8Array(2_000_000).map(() => Math.random() * 256);
  large.set(first);
  expect(kindOf(gzipSync(large).subarray(0, 65_536))).toBe("nifti");
});

test("a ZIP is known by its signature, an empty one by its own", () => {
  expect(kindOf(text("PK\x03\x04 and so on"))).toBe("zip");
  expect(kindOf(text("PK\x05\x06 and so on"))).toBe("zip");
});

test("everything else is nothing to analyse", () => {
  const others = [text(""), text("%PDF-1.7"), gzipSync(text("text")), text("\x1f\x8b damaged"), text("Rar!\x1a\x07")];
  expect(others.map(kindOf)).toEqual(Array(5).fill("other"));
});
