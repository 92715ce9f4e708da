import { locale } from "./language";

const KILO = 1000;
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Return a number in the reader's form, with at most `digits` after the point. */
export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(value);
}

/** Return a share of one as per cent. */
export function percent(share: number, digits = 0): string {
  return new Intl.NumberFormat(locale.value, { style: "percent", maximumFractionDigits: digits }).format(share);
}

/** Return a number of bytes in the unit that keeps it short: `157 MB`. */
export function bytes(count: number): string {
  const power = count < KILO ? 0 : Math.min(Math.floor(Math.log10(count) / 3), UNITS.length - 1);
  return withUnit(count / KILO ** power, UNITS[power] ?? "byte", power === 0 ? 0 : 1);
}

/** Return bytes per second: `12.5 MB/s`. */
export function bytesPerSecond(rate: number): string {
  const second = new Intl.NumberFormat(locale.value, { style: "unit", unit: "second", unitDisplay: "narrow" });
  const unit = second.formatToParts(1).find((part) => part.type === "unit")?.value.trim() ?? "s";
  return `${bytes(rate)}/${unit}`;
}

/** Return a duration in seconds, below a second with two digits, from minutes on in two units: `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) {
    return withUnit(seconds, "second", seconds < 1 ? 2 : seconds < 10 ? 1 : 0);
  }
  const whole = Math.round(seconds);
  const [large, small] = whole < 3600 ? (["minute", "second"] as const) : (["hour", "minute"] as const);
  const [size, rest] = large === "hour" ? [3600, 60] : [60, 1];
  return `${withUnit(Math.floor(whole / size), large)} ${withUnit(Math.floor((whole % size) / rest), small)}`;
}

/** Return a time as date and time of day, in the reader's time zone. */
export function dateTime(iso: string): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** Return the date of a time. */
export function date(iso: string): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: "medium" }).format(new Date(iso));
}

function withUnit(value: number, unit: string, digits = 0): string {
  const form = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(locale.value, form).format(value);
}
