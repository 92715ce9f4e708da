import { send } from "../api/send";

/** An artifact to read, as the API lists it. */
interface ImageFile {
  readonly url: string;
  readonly size: number;
}

/** Fetch a gzip file with the user's token, and return what it holds. `onShare` hears how much of it has come, from 0 to 1. */
export async function unpacked(
  { url, size }: ImageFile,
  signal: AbortSignal,
  onShare: (share: number) => void = () => undefined,
): Promise<ArrayBuffer> {
  const { body } = await send(url, { signal });
  if (body === null) {
    return new ArrayBuffer(0);
  }
  const counted = body.pipeThrough(counting((count) => onShare(size > 0 ? Math.min(1, count / size) : 1)));
  return new Response(counted.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

function counting(heard: (count: number) => void): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let count = 0;
  return new TransformStream({
    transform(chunk, controller) {
      count += chunk.byteLength;
      heard(count);
      controller.enqueue(chunk);
    },
  });
}
