import { useEffect } from "preact/hooks";

/** Ask every so many milliseconds while the page is in sight, and at once when it comes back after so long. */
export function usePolling(ask: () => void, interval: number): void {
  useEffect(() => {
    let asked = Date.now();
    const again = () => {
      if (!document.hidden) {
        asked = Date.now();
        ask();
      }
    };
    const returned = () => Date.now() - asked >= interval && again();
    const timer = setInterval(again, interval);
    document.addEventListener("visibilitychange", returned);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", returned);
    };
  }, [interval]);
}
