// strftime(3) in the C locale and local time, with bpftrace's own conversions: %f microseconds, %k nanoseconds, %l milliseconds of the second.

/** @param ns nanoseconds since the epoch (CLOCK_REALTIME) */
export function strftime(format: string, ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n));
  const rest = Number(ns % 1_000_000_000n);
  return format.replace(/%[EO]?(.)/gs, (whole, conversion: string) => (conversion === '%' ? '%' : (conversions[conversion]?.(date, rest) ?? whole)));
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

type Convert = (date: Date, ns: number) => string;

const conversions: Readonly<Record<string, Convert>> = {
  a: (date) => day(date).slice(0, 3),
  A: (date) => day(date),
  b: (date) => month(date).slice(0, 3),
  B: (date) => month(date),
  c: (date, ns) => all('%a %b %e %H:%M:%S %Y', date, ns),
  C: (date) => two(Math.floor(date.getFullYear() / 100)),
  d: (date) => two(date.getDate()),
  D: (date, ns) => all('%m/%d/%y', date, ns),
  e: (date) => String(date.getDate()).padStart(2),
  f: (_, ns) => digits(Math.floor(ns / 1000), 6),
  F: (date, ns) => all('%Y-%m-%d', date, ns),
  g: (date) => two(isoWeek(date).year % 100),
  G: (date) => String(isoWeek(date).year),
  h: (date) => month(date).slice(0, 3),
  H: (date) => two(date.getHours()),
  I: (date) => two(((date.getHours() + 11) % 12) + 1),
  j: (date) => digits(dayOfYear(date) + 1, 3),
  k: (_, ns) => digits(ns, 9),
  l: (_, ns) => digits(Math.floor(ns / 1_000_000), 3),
  m: (date) => two(date.getMonth() + 1),
  M: (date) => two(date.getMinutes()),
  n: () => '\n',
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  r: (date, ns) => all('%I:%M:%S %p', date, ns),
  R: (date, ns) => all('%H:%M', date, ns),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => two(date.getSeconds()),
  t: () => '\t',
  T: (date, ns) => all('%H:%M:%S', date, ns),
  u: (date) => String(((date.getDay() + 6) % 7) + 1),
  U: (date) => two(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7)),
  V: (date) => two(isoWeek(date).week),
  w: (date) => String(date.getDay()),
  W: (date) => two(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7)),
  x: (date, ns) => all('%m/%d/%y', date, ns),
  X: (date, ns) => all('%H:%M:%S', date, ns),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  z: (date) => offset(date),
  Z: (date) => zone(date),
};

function all(format: string, date: Date, ns: number): string {
  return format.replace(/%(.)/g, (_, conversion: string) => conversions[conversion]?.(date, ns) ?? '');
}

function day(date: Date): string {
  return days[date.getDay()] ?? '';
}

function month(date: Date): string {
  return months[date.getMonth()] ?? '';
}

function two(value: number): string {
  return digits(value, 2);
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** From 0. */
function dayOfYear(date: Date): number {
  return (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000;
}

/** ISO 8601: the week that has the year's first Thursday is week 1. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate() - ((date.getDay() + 6) % 7) + 3));
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1 };
}

/** `+0200` */
function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

/** `CEST`, as far as the runtime knows the letters; else the offset. */
function zone(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? offset(date);
}
