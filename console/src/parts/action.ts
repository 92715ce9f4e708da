import { useCallback, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/api-error";

/** Something that the user began: whether it is under way, and why it failed the last time. */
export interface Action<A extends unknown[]> {
  readonly busy: boolean;
  readonly problem: ApiError | null;
  /** Begin it, unless it is under way. Resolves to whether it succeeded. */
  readonly run: (...values: A) => Promise<boolean>;
  /** Forget why it failed. */
  readonly clear: () => void;
}

/** Return the state of an action of the user; its own fields and notices show `problem`. */
export function useAction<A extends unknown[]>(act: (...values: A) => Promise<unknown>): Action<A> {
  const [state, setState] = useState<{ busy: boolean; problem: ApiError | null }>({ busy: false, problem: null });
  const running = useRef(false);
  const run = async (...values: A) => {
    if (running.current) {
      return false;
    }
    running.current = true;
    setState({ busy: true, problem: null });
    try {
      await act(...values);
      setState({ busy: false, problem: null });
      return true;
    } catch (reason) {
      const problem = reason instanceof ApiError ? reason : null;
      setState({ busy: false, problem });
      if (problem === null) {
        throw reason;
      }
      return false;
    } finally {
      running.current = false;
    }
  };
  return { ...state, run, clear: useCallback(() => setState({ busy: false, problem: null }), []) };
}
