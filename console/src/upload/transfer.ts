import { ApiError, UNREACHABLE } from "../api/api-error";

/** A form to send, and who hears how far it is. */
export interface Transfer {
  readonly path: string;
  readonly form: FormData;
  readonly headers: Readonly<Record<string, string>>;
  readonly onSent: (bytes: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Send a form by XMLHttpRequest, because `fetch` does not tell how much is sent. Rejects when there is no answer. */
export function transferred({ path, form, headers, onSent, signal }: Transfer): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(headers)) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded, total }) => onSent(loaded, total);
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => reject(new ApiError(UNREACHABLE, ""));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

function answerOf(request: XMLHttpRequest): Response {
  const lines = request.getAllResponseHeaders().trim().split(/\r?\n/);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return new Response(request.responseText, { status: request.status, headers });
}
