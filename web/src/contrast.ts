// Contrast: which colour can be read on a ground, as WCAG counts it, and what a faded colour looks
// like over another.
//
// Pure. Colours are "#rgb" or "#rrggbb".

/// Of text to what lies behind it; below this it is hard to read.
export const CONTRAST_MIN = 4.5;
/// On every ground there is, one of the two stands out: the worst is 4.58.
const LAST = ["#ffffff", "#000000"] as const;

type Channels = [number, number, number];

function channelsOf(color: string): Channels {
    const digits = color.length === 4 ? color.replace(/[^#]/g, "$&$&").slice(1) : color.slice(1);
    const all = parseInt(digits, 16);
    return [(all >> 16) & 255, (all >> 8) & 255, all & 255];
}

/// `color` with the opacity `share` upon `ground`.
export function mix(ground: string, color: string, share: number): string {
    const under = channelsOf(ground);
    const mixed = channelsOf(color).map((over, i) =>
        Math.round(over * share + (under[i] ?? 0) * (1 - share)));
    return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

function luminanceOf(color: string): number {
    const [r, g, b] = channelsOf(color).map((channel) => {
        const part = channel / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    }) as Channels;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/// From 1 (the same) to 21 (black and white).
export function contrastOf(a: string, b: string): number {
    const [x, y] = [luminanceOf(a), luminanceOf(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/// By ground and wish: as many as there are colours in the style sheet.
const inks = new Map<string, string>();

/// The wished colour if it can be read on the ground; else the one of black and white that can.
export function inkOn(ground: string, wished: string): string {
    const key = ground + wished;
    const known = inks.get(key);
    if (known !== undefined) return known;
    const ink = [wished, ...LAST].find((color) => contrastOf(color, ground) >= CONTRAST_MIN)
        ?? wished;
    inks.set(key, ink);
    return ink;
}
