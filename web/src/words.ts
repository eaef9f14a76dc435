// Numbers, ages and moments as people read them. What is not known is a dash, never 0.
//
// Pure functions; the zone is the reader's own.

export const UNKNOWN = "–";

/// "0.4s", "12s", "2m 10s", "3h 05m", "2d 04h": at most two units, and calm: no milliseconds.
export function ageText(ms: number | null | undefined): string {
    if (ms === null || ms === undefined || !Number.isFinite(ms)) return UNKNOWN;
    // Rounded up: nothing is shown younger than it is.
    const tenths = Math.ceil(Math.max(ms, 0) / 100);
    if (tenths < 100) return `${Math.floor(tenths / 10)}.${tenths % 10}s`;
    const seconds = Math.ceil(tenths / 10);
    if (seconds < 60) return `${seconds}s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes}m ${pair(seconds % 60)}s`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return `${hours}h ${pair(minutes % 60)}m`;
    return `${Math.floor(hours / 24)}d ${pair(hours % 24)}h`;
}

function pair(n: number): string {
    return n < 10 ? `0${n}` : `${n}`;
}

/// "3,412"; thousands are set apart for the eye.
export function countText(n: number | null | undefined): string {
    if (n === null || n === undefined || !Number.isFinite(n)) return UNKNOWN;
    const whole = Math.abs(n - Math.round(n)) < 1e-9;
    const text = whole ? String(Math.round(n)) : n.toFixed(1);
    return text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/// "37/256", "–/256"; a dash alone if neither is known.
export function ratioText(part: number | null, whole: number | null): string {
    if (part === null && whole === null) return UNKNOWN;
    return `${countText(part)}/${countText(whole)}`;
}

/// "41.3%" of a fraction.
export function percentText(fraction: number | null | undefined, digits = 1): string {
    if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return UNKNOWN;
    return `${(fraction * 100).toFixed(digits)}%`;
}

export function timeOf(text: string | null | undefined): number | null {
    if (!text) return null;
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? null : ms;
}

/// Milliseconds from one moment of the API to another; null if either is not known.
export function between(then: string | null | undefined, now: string | null): number | null {
    const a = timeOf(then);
    const b = timeOf(now);
    return a === null || b === null ? null : Math.max(0, b - a);
}

/// "03:12:04", by the reader's clock.
export function clockText(moment: string | number | null | undefined): string {
    const ms = typeof moment === "number" ? moment : timeOf(moment);
    if (ms === null) return UNKNOWN;
    const date = new Date(ms);
    return `${pair(date.getHours())}:${pair(date.getMinutes())}:${pair(date.getSeconds())}`;
}

/// "2026-11-23 03:12:04 +01:00": for titles, where there must be no doubt.
export function momentText(moment: string | number | null | undefined): string {
    const ms = typeof moment === "number" ? moment : timeOf(moment);
    if (ms === null) return UNKNOWN;
    const date = new Date(ms);
    const offset = -date.getTimezoneOffset();
    const sign = offset < 0 ? "-" : "+";
    const zone = `${pair(Math.floor(Math.abs(offset) / 60))}:${pair(Math.abs(offset) % 60)}`;
    const day = `${date.getFullYear()}-${pair(date.getMonth() + 1)}-${pair(date.getDate())}`;
    return `${day} ${clockText(ms)} ${sign}${zone}`;
}

/// "1 worker", "3 workers".
export function counted(n: number, one: string, many = `${one}s`): string {
    return `${countText(n)} ${n === 1 ? one : many}`;
}

/// The part of an id by which workers of one component are told apart: its end.
export function shortId(id: string, component: string): string {
    const own = id.startsWith(`${component}/`) ? id.slice(component.length + 1) : id;
    return own.replace(/\d{9,}/, (digits) => `…${digits.slice(-6)}`);
}
