/** Times and numbers as the person reads them: short, with a narrow space before the unit. */

const NARROW = "\u202f";
const LOCALE = "en-GB";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockTime = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat(LOCALE, { weekday: "short" });
const dayMonth = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });

type Instant = string | number | Date;

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Days between two moments by the calendar of this place. */
function daysBetween(from: Date, to: Date): number {
  return Math.round((midnight(to) - midnight(from)) / DAY);
}

/** `10:31`, whatever the day. */
export function clock(at: Instant): string {
  return clockTime.format(new Date(at));
}

/** Today `10:31`, this week `Mon`, else `12 Mar`, in another year `12 Mar 2024`. */
export function when(at: Instant, now: Instant = Date.now()): string {
  const moment = new Date(at);
  const today = new Date(now);
  const days = daysBetween(moment, today);
  if (days === 0) {
    return clockTime.format(moment);
  }
  if (days > 0 && days < 7) {
    return weekday.format(moment);
  }
  return day(moment, today);
}

/** `today 10:31`, `yesterday 10:31`, `Mon 10:31`, `12 Mar 10:31`. */
export function exactly(at: Instant, now: Instant = Date.now()): string {
  const moment = new Date(at);
  const today = new Date(now);
  const days = daysBetween(moment, today);
  const time = clockTime.format(moment);
  if (days === 0) {
    return `today ${time}`;
  }
  if (days === 1) {
    return `yesterday ${time}`;
  }
  return `${days > 0 && days < 7 ? weekday.format(moment) : day(moment, today)} ${time}`;
}

function day(moment: Date, today: Date): string {
  return (moment.getFullYear() === today.getFullYear() ? dayMonth : dayMonthYear).format(moment);
}

/** A running time that keeps its width: `0:42`, `12:05`, `1:02:05`. */
export function stopwatch(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(total / 60);
  return minutes < 60
    ? `${minutes}:${two(total % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(total % 60)}`;
}

/** How long: `8 s`, `4 min`, `2 h 38 min`, `3 days`. */
export function duration(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) {
    return unit(Math.floor(span / 1000), "s");
  }
  if (span < HOUR) {
    return unit(Math.floor(span / MINUTE), "min");
  }
  if (span < DAY) {
    const minutes = Math.floor((span % HOUR) / MINUTE);
    const hours = unit(Math.floor(span / HOUR), "h");
    return minutes === 0 ? hours : `${hours} ${unit(minutes, "min")}`;
  }
  const days = Math.floor(span / DAY);
  return unit(days, days === 1 ? "day" : "days");
}

/** How long ago: `now`, `12 min ago`, `yesterday`, `Mon`, `12 Mar`. */
export function ago(at: Instant, now: Instant = Date.now()): string {
  const moment = new Date(at);
  const present = new Date(now);
  const span = present.getTime() - moment.getTime();
  if (span < MINUTE) {
    return "now";
  }
  const days = daysBetween(moment, present);
  if (days === 0 || span < 6 * HOUR) {
    return `${span < HOUR ? duration(span) : unit(Math.floor(span / HOUR), "h")} ago`;
  }
  return days === 1 ? "yesterday" : when(moment, present);
}

/** `48,200`. */
export function count(value: number): string {
  return whole.format(value);
}

/** A number and its unit: `40 ms`. At most one digit after the point. */
export function unit(value: number, name: string): string {
  return `${short.format(value)}${NARROW}${name}`;
}

/** A delay: `40 ms`, `1.2 s`. */
export function delay(milliseconds: number): string {
  return milliseconds < 1000 ? unit(Math.round(milliseconds), "ms") : unit(milliseconds / 1000, "s");
}

/** `812 B`, `14 MB`, `4.1 GB`. */
export function bytes(value: number): string {
  const names = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let step = 0;
  while (size >= 999.5 && step < names.length - 1) {
    size /= 1000;
    step++;
  }
  return unit(size < 10 && step > 0 ? size : Math.round(size), names[step]!);
}

/** `$0.61`; less than a cent: `<$0.01`. */
export function money(dollars: number): string {
  if (dollars > 0 && dollars < 0.01) {
    return "<$0.01";
  }
  return `$${dollars.toFixed(2)}`;
}

/** `1 turn`, `3 turns`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
