import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/api-error";
import { api } from "../api/client";
import { JobSocket } from "../api/job-socket";
import type { Job } from "../api/models";
import { useResource } from "../parts/resource";

/** A job that the page follows by its socket. */
export interface FollowedJob {
  readonly job: Job | null;
  readonly problem: ApiError | null;
  readonly reload: () => void;
  /** Whether it was deleted meanwhile, here or elsewhere. */
  readonly isGone: boolean;
  /** Whether the socket is lost, so that the job may be further than the page knows. */
  readonly isLost: boolean;
  /** Take over what an answer says of the job; the socket says the same a moment later. */
  readonly receive: (changes: Partial<Job>) => void;
}

/** Load a job, and follow it as long as the component is there. */
export function useFollowedJob(id: string): FollowedJob {
  const { data, problem, reload } = useResource(
    (signal) => api.get("/jobs/{job_id}", { path: { job_id: id }, signal }),
    [id],
  );
  const [job, setJob] = useState<Job | null>(null);
  const [isGone, setGone] = useState(false);
  const receive = (changes: Partial<Job>) => setJob((before) => before && { ...before, ...changes });
  const isLost = useSocket(data?.id ?? null, receive, setGone);
  useEffect(() => setJob(data), [data]);
  return { job, problem, reload, isGone, isLost, receive };
}

function useSocket(
  id: string | null,
  receive: (changes: Partial<Job>) => void,
  setGone: (isGone: boolean) => void,
): boolean {
  const [socket, setSocket] = useState<JobSocket | null>(null);
  useEffect(() => {
    if (id === null) {
      return undefined;
    }
    const onUpdate = (update: Partial<Job>) => {
      setGone(false);
      receive(update);
    };
    const opened = new JobSocket(id, { onUpdate, onMissing: () => setGone(true) });
    setSocket(opened);
    return () => opened.close();
  }, [id]);
  return socket?.state.value === "lost";
}
