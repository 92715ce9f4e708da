/** Give the reader a file that the page has: a token can't be sent along with a plain link. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then; without this the memory is kept as long as the page.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
