const WINDOW = 5_000;

/** How far an upload is, and how fast it goes. */
export interface Pace {
  readonly sent: number;
  readonly total: number;
  /** Bytes per second over the last seconds; null before that can be told. */
  readonly rate: number | null;
  /** Seconds until everything is sent; null before that can be told. */
  readonly left: number | null;
}

/** Return a function that reckons the pace, to be told how many bytes were sent at which time (ms). */
export function pacer(): (sent: number, total: number, now: number) => Pace {
  let samples: { sent: number; at: number }[] = [];
  return (sent, total, now) => {
    samples = [...samples.filter(({ at }) => now - at <= WINDOW), { sent, at: now }];
    const first = samples[0] as { sent: number; at: number };
    const rate = now - first.at < 500 ? null : ((sent - first.sent) * 1000) / (now - first.at);
    return { sent, total, rate, left: rate ? (total - sent) / rate : null };
  };
}
