import { expect, test } from "vitest";
import { type ChosenFile, filesOfInput, walkDrop } from "./chosen-files";
import { UnreadableFile, UnreadableFolder } from "./obstacles";

/** A file of a browser's file system; its content says by which interface it was read. */
interface Node {
  readonly name: string;
  readonly children?: readonly Node[];
  /** Which of the interfaces do not give it, or what it contains. */
  readonly refusedBy?: readonly ("entries" | "handles")[];
  /** Chromium's handles hide some names. */
  readonly hasNoHandle?: boolean;
}

const refused = new DOMException("", "NotFoundError");

/** An entry as every browser has it; a folder's reader gives a hundred at a time. */
function entry(node: Node): FileSystemEntry {
  const isRefused = node.refusedBy?.includes("entries") ?? false;
  const children = (node.children ?? []).map(entry);
  const createReader = () => {
    let at = 0;
    const readEntries = (give: (some: readonly FileSystemEntry[]) => void, reject: (reason: unknown) => void) => {
      at += 100;
      setTimeout(() => (isRefused ? reject(refused) : give(children.slice(at - 100, at))));
    };
    return { readEntries };
  };
  const file = (give: (file: File) => void, reject: (reason: unknown) => void) =>
    setTimeout(() => (isRefused ? reject(refused) : give(new File(["entry"], node.name))));
  const isDirectory = node.children !== undefined;
  return { name: node.name, isFile: !isDirectory, isDirectory, createReader, file } as unknown as FileSystemEntry;
}

/** A handle as Chromium has it. */
function handle(node: Node): FileSystemHandle {
  const isRefused = node.refusedBy?.includes("handles") ?? false;
  const getFile = () => (isRefused ? Promise.reject(refused) : Promise.resolve(new File(["handle"], node.name)));
  async function* values() {
    if (isRefused) {
      throw refused;
    }
    yield* (node.children ?? []).filter(({ hasNoHandle }) => !hasNoHandle).map(handle).reverse();
  }
  return { name: node.name, kind: node.children ? "directory" : "file", getFile, values } as unknown as FileSystemHandle;
}

type Browser = "entries" | "both";

/** An item of a browser that has entries, or handles too; it is empty as soon as the drop event is over. */
function dropped(node: Node, browser: Browser): { item: DataTransferItem; forget: () => void } {
  let isOver = false;
  const item = {
    webkitGetAsEntry: () => (isOver ? null : entry(node)),
    getAsFile: () => null,
    ...(browser === "both" && { getAsFileSystemHandle: async () => (isOver ? null : handle(node)) }),
  };
  return { item: item as unknown as DataTransferItem, forget: () => (isOver = true) };
}

/** The files that a walk tells, by their paths: their order is that in which they come. */
async function filesOf(...items: DataTransferItem[]): Promise<ChosenFile[]> {
  const found: ChosenFile[] = [];
  await walkDrop(items, (file) => found.push(file));
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function pathsOf(node: Node, browser: Browser): Promise<string[]> {
  return (await filesOf(dropped(node, browser).item)).map(({ path }) => path);
}

test.each<Browser>(["entries", "both"])("by %s a folder is walked to its last file, however many and however deep", async (browser) => {
  const slices = Array.from({ length: 1234 }, (_, number) => ({ name: `${number}`.padStart(4, "0") }));
  const folders = [{ name: "series", children: slices }, { name: "empty", children: [] }];
  const study = { name: "study", children: [...folders, { name: "z.txt" }, { name: "b", children: [{ name: "1" }] }] };
  const inSeries = slices.map(({ name }) => `study/series/${name}`);
  expect(await pathsOf(study, browser)).toEqual(["study/b/1", ...inSeries, "study/z.txt"]);
});

test.each<Browser>(["entries", "both"])("by %s several are taken together, before the browser forgets them", async (browser) => {
  const folder = { name: "b", children: [{ name: "c.dcm" }] };
  const both = [dropped({ name: "a.dcm" }, browser), dropped(folder, browser)];
  const finding = filesOf(...both.map(({ item }) => item));
  both.forEach(({ forget }) => forget());
  expect((await finding).map(({ path }) => path)).toEqual(["a.dcm", "b/c.dcm"]);
});

test("what has a handle is read by it, and what handles hide or refuse is read by its entry", async () => {
  const hidden = { name: "IMG:1", hasNoHandle: true };
  const hiddenFolder = { name: "OLD:1", children: [{ name: "3" }], hasNoHandle: true };
  const refusing = { name: "2", refusedBy: ["handles"] } as const;
  const closed = { name: "closed", children: [{ name: "4" }], refusedBy: ["handles"] } as const;
  const study = { name: "s", children: [{ name: "1" }, refusing, hidden, hiddenFolder, closed] };
  const found = await filesOf(dropped(study, "both").item);
  const readBy = await Promise.all(found.map(async ({ path, file }) => [path, await file.text()]));
  expect(Object.fromEntries(readBy)).toEqual({
    "s/1": "handle",
    "s/2": "entry",
    "s/IMG:1": "entry",
    "s/OLD:1/3": "entry",
    "s/closed/4": "entry",
  });
});

test("a file is told while the folder is still being listed", async () => {
  let goOn = () => {};
  const wait = new Promise<void>((resolve) => (goOn = resolve));
  async function* values() {
    yield handle({ name: "1" });
    await wait;
    yield handle({ name: "2" });
  }
  const folder = { name: "s", kind: "directory", values };
  const { item } = dropped({ name: "s", children: [], refusedBy: ["entries"] }, "both");
  const told: string[] = [];
  await walkDrop([Object.assign(item, { getAsFileSystemHandle: async () => folder })], ({ path }) => {
    told.push(path);
    goOn();
  });
  expect(told).toEqual(["s/1", "s/2"]);
});

test("a folder that entries can't list is walked by handles", async () => {
  expect(await pathsOf({ name: "s", children: [{ name: "1" }], refusedBy: ["entries"] }, "both")).toEqual(["s/1"]);
});

test("a folder that the browser gives no handle of is walked by entries", async () => {
  const { item } = dropped({ name: "Downloads", children: [{ name: "1" }] }, "entries");
  const guarded = Object.assign(item, { getAsFileSystemHandle: () => Promise.reject(refused) });
  expect((await filesOf(guarded)).map(({ path }) => path)).toEqual(["Downloads/1"]);
});

test("a file or a folder that can't be read by any interface is named with its path", async () => {
  const refusedBy = ["entries", "handles"] as const;
  const folder = { name: "closed", children: [], refusedBy };
  const file = { name: "1.dcm", refusedBy };
  await expect(pathsOf({ name: "s", children: [folder] }, "both")).rejects.toEqual(new UnreadableFolder("s/closed"));
  await expect(pathsOf({ name: "s", children: [folder] }, "entries")).rejects.toEqual(new UnreadableFolder("s/closed"));
  await expect(pathsOf({ name: "s", children: [file] }, "both")).rejects.toEqual(new UnreadableFile("s/1.dcm"));
});

test("a file that is no entry of a file system is taken by itself, and text is not", async () => {
  const pasted = new File(["x"], "a.dcm");
  const item = { webkitGetAsEntry: () => null, getAsFile: () => pasted } as unknown as DataTransferItem;
  const text = { webkitGetAsEntry: () => null, getAsFile: () => null } as unknown as DataTransferItem;
  expect(await filesOf(item, text)).toEqual([{ path: "a.dcm", file: pasted }]);
});

test("a file of a chosen folder has its path", () => {
  const inFolder = Object.defineProperty(new File(["x"], "1.dcm"), "webkitRelativePath", { value: "study/1.dcm" });
  const paths = filesOfInput([inFolder, new File(["x"], "2.dcm")]).map(({ path }) => path);
  expect(paths).toEqual(["study/1.dcm", "2.dcm"]);
});
