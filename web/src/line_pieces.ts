// Where a line over time is drawn, and where it has gaps; pure.

/// Runs of known samples without a gap between them: [first, behind the last].
export function pieces(
    values: (number | null)[], { times, gaps }: { times: number[]; gaps: number[] },
): [number, number][] {
    const runs: [number, number][] = [];
    let start = -1;
    for (let i = 0; i <= values.length; ++i) {
        const known = i < values.length && values[i] !== null && values[i] !== undefined;
        const joined = start >= 0 && known &&
            (times[i] ?? 0) - (times[i - 1] ?? 0) <= (gaps[i] ?? 0);
        if (start >= 0 && !joined) {
            runs.push([start, i]);
            start = -1;
        }
        if (known && start < 0) start = i;
    }
    return runs;
}
