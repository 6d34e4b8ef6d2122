/** The only place that turns numbers into text. */
import type { Interval } from '../api/types';

/** What is said where a value is not known. */
export const NOT_KNOWN = 'not known';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

type Maybe = number | null | undefined;

/** US dollars: cents only below $100. */
export function usd(it: Maybe): string {
  if (it === null || it === undefined) return NOT_KNOWN;
  const sign = it < -0.005 ? '−' : '';
  const amount = Math.abs(it);
  return `${sign}$${amount >= 99.995 ? whole.format(amount) : cents.format(amount)}`;
}

/** `$1.2k`, for the axes of charts only. */
export function usdShort(it: number): string {
  if (Math.abs(it) >= 1e6) return `$${(it / 1e6).toFixed(1)}M`;
  if (Math.abs(it) >= 10_000) return `$${(it / 1e3).toFixed(0)}k`;
  if (Math.abs(it) >= 1000) return `$${(it / 1e3).toFixed(1)}k`;
  if (Math.abs(it) >= 10 || it === 0) return `$${it.toFixed(0)}`;
  return `$${it.toFixed(2)}`;
}

/** `$340–$410`; one amount where both are the same to the reader. */
export function usdInterval(it: Interval | null | undefined): string {
  if (!it) return NOT_KNOWN;
  const [low, high] = [usd(it.low), usd(it.high)];
  return low === high ? low : `${low}–${high}`;
}

/** `2 h 14 min`. */
export function minutes(it: Maybe): string {
  if (it === null || it === undefined) return NOT_KNOWN;
  if (it < 0.95) return `${Math.round(it * 60)} s`;
  const all = Math.round(it);
  if (all < 60) return it < 10 && it !== all ? `${it.toFixed(1)} min` : `${all} min`;
  if (all >= 2 * 24 * 60) {
    const of = Math.round(all / 60);
    return of % 24 === 0 ? `${of / 24} d` : `${whole.format(Math.floor(of / 24))} d ${of % 24} h`;
  }
  return all % 60 === 0 ? `${all / 60} h` : `${Math.floor(all / 60)} h ${all % 60} min`;
}

/** `43–47 min`. */
export function minutesInterval(it: Interval | null | undefined): string {
  if (!it) return NOT_KNOWN;
  const [low, high] = [minutes(it.low), minutes(it.high)];
  // `43–47 min`: one unit for both where it is the same.
  const short = /^\d+ min$/.test(low) && /^\d+ min$/.test(high) ? low.replace(' min', '') : low;
  return low === high ? low : `${short}–${high}`;
}

/** Seconds, as waits in queues have them. */
export function seconds(it: Maybe): string {
  if (it === null || it === undefined) return NOT_KNOWN;
  return it < 10 ? `${it.toFixed(1)} s` : minutes(it / 60);
}

/** Hours, e.g. `123 h`. */
export function hours(it: Maybe): string {
  if (it === null || it === undefined) return NOT_KNOWN;
  return `${it < 10 ? it.toFixed(1) : whole.format(it)} h`;
}

/** A part of one: no decimals from 10 % on. */
export function percent(it: Maybe): string {
  if (it === null || it === undefined) return NOT_KNOWN;
  const of = it * 100;
  return `${Math.abs(of) >= 9.95 || of === 0 ? of.toFixed(0) : of.toFixed(1)} %`.replace('-', '−');
}

/** The same with its sign, for changes. */
export function change(it: Maybe): string {
  if (it === null || it === undefined) return NOT_KNOWN;
  return it > 0 ? `+${percent(it)}` : percent(it);
}

/** `12,345`. */
export function count(it: Maybe): string {
  return it === null || it === undefined ? NOT_KNOWN : whole.format(it);
}

/** A number in some unit, for charts and tables of them. */
export function number(it: Maybe): string {
  if (it === null || it === undefined) return NOT_KNOWN;
  if (Number.isInteger(it) || Math.abs(it) >= 100) return whole.format(it);
  return Math.abs(it) >= 1 ? it.toFixed(1) : it.toFixed(2);
}

const dayShort = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const dayLong = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const local = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

/** A UTC day, e.g. `21 Aug`. */
export const day = (it: string) => dayShort.format(new Date(`${it}T00:00:00Z`));
/** `Fri, 21 Aug 2026`. */
export const fullDay = (it: string) => dayLong.format(new Date(`${it}T00:00:00Z`));
/** An instant in the reader's zone. */
export const instant = (it: string) => local.format(new Date(it));
/** The same in UTC, for hovering. */
export const utc = (it: string) => it.replace('T', ' ').replace(/(:\d\d)?(\.\d+)?Z$/, ' UTC');
/** A minute since 1970 in UTC. */
export const minuteOf = (it: number) => `${dayShort.format(new Date(it * 60_000))} ${clock.format(new Date(it * 60_000))}`;
/** A time on an axis: the day where the steps are days, else the time of day, with the day at midnight. */
export function tick(second: number, step: number): string {
  const at = new Date(second * 1000);
  if (step >= 86_400) return dayShort.format(at);
  return second % 86_400 === 0 ? dayShort.format(at) : clock.format(at);
}
/** Minutes from midnight as `06:30`. */
export const timeOfDay = (it: number) => `${String(Math.floor(it / 60)).padStart(2, '0')}:${String(Math.floor(it) % 60).padStart(2, '0')}`;

/** `all_purpose` → `all purpose`. */
export const words = (it: string) => it.replaceAll('_', ' ');

/** `1 job`, `3 jobs`. */
export const counted = (it: number, noun: string) => `${count(it)} ${noun}${it === 1 ? '' : 's'}`;

/** How long ago, roughly. */
export function ago(it: string, now: number): string {
  const passed = Math.max(0, (now - new Date(it).getTime()) / 60_000);
  if (passed < 1) return 'just now';
  if (passed < 60) return `${Math.floor(passed)} min ago`;
  if (passed < 48 * 60) return `${Math.floor(passed / 60)} h ago`;
  return `${Math.floor(passed / 1440)} days ago`;
}
