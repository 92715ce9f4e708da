import type { Answer, Input, Method, Operation, PathOf } from "./operations";
import { type RequestOptions, send } from "./send";

type Options = Omit<RequestOptions, "method" | "body">;
type Values = Readonly<Record<string, unknown>>;

/** The API, typed by its OpenAPI document: `api.get("/jobs/{job_id}", { path: { job_id } })`. */
export const api = {
  get: requestWith("get"),
  post: requestWith("post"),
  put: requestWith("put"),
  delete: requestWith("delete"),
};

function requestWith<M extends Method>(method: M) {
  return async <P extends PathOf<M>>(
    path: P,
    ...[input]: object extends Input<Operation<M, P>>
      ? [input?: Input<Operation<M, P>> & Options]
      : [input: Input<Operation<M, P>> & Options]
  ): Promise<Answer<Operation<M, P>>> => {
    const { path: inPath, query, json, ...options } = (input ?? {}) as Inputs & Options;
    const response = await send(addressOf(path, inPath, query), {
      ...options,
      method: method.toUpperCase(),
      ...(json !== undefined && bodyOf(json, options.headers)),
    });
    return (await response.json()) as Answer<Operation<M, P>>;
  };
}

interface Inputs {
  path?: Values;
  query?: Values;
  json?: unknown;
}

/**
 * Return the address of a path with its parameters, percent-encoded.
 *
 * A query parameter without a value is left out; one with several stands there as often.
 */
export function addressOf(path: string, inPath: Values = {}, query: Values = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(inPath[name])));
  const single = Object.entries(query).flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const));
  const given = single.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return parameters ? `${filled}?${parameters}` : filled;
}

function bodyOf(json: unknown, headers: Options["headers"] = {}) {
  return { body: JSON.stringify(json), headers: { "Content-Type": "application/json", ...headers } };
}
