import { useEffect, useRef, useState } from "preact/hooks";
import type { JobUpdate } from "../api/job-connection";
import { JobSocket } from "../api/job-socket";
import type { Job } from "../api/models";
import { followed, updated } from "./progress";

/** Return listed jobs as their sockets tell them now. `onChange`: a status changed, or a job is gone. */
export function useLiveJobs(listed: readonly Job[], onChange: () => void): readonly Job[] {
  const [updates, setUpdates] = useState<ReadonlyMap<string, JobUpdate>>(new Map());
  const jobs = listed.map((job) => updated(job, updates.get(job.id)));
  const statuses = useRef(new Map<string, string>());
  statuses.current = new Map(jobs.map(({ id, status }) => [id, status]));
  const onUpdate = (update: JobUpdate) => {
    setUpdates((before) => new Map(before).set(update.id, update));
    if (statuses.current.get(update.id) !== update.status) {
      onChange();
    }
  };
  useSockets(followed(jobs), { onUpdate, onMissing: onChange });
  return jobs;
}

/** Hold a socket for each of these jobs, and for no other. */
function useSockets(ids: readonly string[], listener: { onUpdate: (job: JobUpdate) => void; onMissing: () => void }): void {
  const sockets = useRef(new Map<string, JobSocket>());
  useEffect(() => {
    const open = sockets.current;
    for (const [id, socket] of open) {
      if (!ids.includes(id)) {
        socket.close();
        open.delete(id);
      }
    }
    for (const id of ids.filter((wanted) => !open.has(wanted))) {
      open.set(id, new JobSocket(id, listener));
    }
  }, [ids.join()]);
  useEffect(() => () => sockets.current.forEach((socket) => socket.close()), []);
}
