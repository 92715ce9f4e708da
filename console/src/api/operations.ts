import type { paths } from "./schema.generated";

/** An HTTP method that the API uses. */
export type Method = "get" | "post" | "put" | "delete";

/** The paths that have a method, as the OpenAPI document writes them. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

/** An operation: a method of a path. */
export type Operation<M extends Method, P extends PathOf<M>> = paths[P] extends Record<M, infer O> ? O : never;

type Json<R> = R extends { content: { "application/json": infer B } } ? B : never;

/** The JSON that an operation answers when it succeeds. */
export type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer S }
    ? Json<S>
    : R extends { 201: infer S }
      ? Json<S>
      : never
  : never;

type Parameter<O, Kind extends string> = O extends { parameters: Record<Kind, infer V> } ? V : never;

type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

/** The input of an operation: what its path, its query and its body need, and nothing else. */
export type Input<O> = ([Parameter<O, "path">] extends [never] ? object : { path: Parameter<O, "path"> }) &
  ([Body<O>] extends [never] ? object : { json: Body<O> }) & { query?: QueryOf<O> };

type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Exclude<Q, undefined> : never;
