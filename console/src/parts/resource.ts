import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/api-error";

/** What a screen shows of the API: the last answer, and whether the next one is under way or failed. */
export interface Resource<T> {
  readonly data: T | null;
  readonly problem: ApiError | null;
  readonly loading: boolean;
  /** Ask again; the data stays until the answer is there. */
  readonly reload: () => void;
}

type State<T> = Omit<Resource<T>, "reload">;

/** Load data when a component appears, and again whenever one of `keys` changes. */
export function useResource<T>(load: (signal: AbortSignal) => Promise<T>, keys: readonly unknown[]): Resource<T> {
  const [state, setState] = useState<State<T>>({ data: null, problem: null, loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const left = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    const failed = (reason: unknown) => {
      if (left.signal.aborted) {
        return;
      }
      if (!(reason instanceof ApiError)) {
        throw reason;
      }
      setState((before) => ({ data: before.data, problem: reason, loading: false }));
    };
    const loaded = (data: T) => {
      if (!left.signal.aborted) {
        setState({ data, problem: null, loading: false });
      }
    };
    void load(left.signal).then(loaded).catch(failed);
    return () => left.abort();
  }, [...keys, round]);
  return { ...state, reload: () => setRound((before) => before + 1) };
}
