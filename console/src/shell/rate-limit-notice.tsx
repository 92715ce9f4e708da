import { useEffect, useState } from "preact/hooks";
import { waitingUntil } from "../api/rate-limit";
import { Notice } from "../parts/notice";
import { shellWords } from "../words/shell";

/** Says that requests wait for the rate limit, and counts down. */
export function RateLimitNotice() {
  const until = waitingUntil.value;
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (until === null) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  if (until === null) {
    return null;
  }
  return <Notice kind="warning">{shellWords.rateLimited(Math.max(1, Math.ceil((until - now) / 1000)))}</Notice>;
}
