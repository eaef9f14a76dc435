"""From a change at a worker to its sight at a reader.

The truth is what `muster sim --print-truth` wrote, sightings are what the programs of bench/ wrote;
both by CLOCK_MONOTONIC of one machine.
"""
import bisect
import json

ALL_FIELDS = ("running", "waiting", "kv_active_blocks")
PUSHED_FIELDS = ("waiting", "kv_active_blocks")  # A change of these triggers a push.


def read_truth(lines, fields=ALL_FIELDS):
    """By instance: [(t_ns, load)], one for each change of the load, as far as `fields` tell."""
    truth = {}
    for line in lines:
        if not line.endswith("\n"):
            break  # Cut off where the writer was ended.
        said = json.loads(line)
        if not said["load"]:
            continue
        load = tuple(said["load"][field] for field in fields)
        changes = truth.setdefault(said["worker"].rsplit("/", 1)[1], [])
        if not changes or changes[-1][1] != load:
            changes.append((said["t_ns"], load))
    return truth


def read_sightings(lines, fields=ALL_FIELDS):
    """By instance: [(t_ns, load)] in the order of time."""
    wanted = [ALL_FIELDS.index(field) for field in fields]
    seen = {}
    for line in lines:
        t_ns, instance, *load = line.split()
        seen.setdefault(instance, []).append((int(t_ns), tuple(int(load[i]) for i in wanted)))
    return seen


def delays_of_worker(changes, sightings, begin, end):
    """Nanoseconds for each change of the window [begin, end], and how many were never seen.

    A change that was followed by another before anybody could see it counts as seen with that one.
    """
    times = [t for t, _ in changes]
    delays, seen_up_to = [], 0
    for t_seen, load in sightings:
        last = bisect.bisect_right(times, t_seen)
        match = next((i for i in range(last - 1, seen_up_to - 1, -1) if changes[i][1] == load),
                     None)
        if match is None:
            continue
        delays += [t_seen - t for t in times[seen_up_to:match + 1] if begin <= t <= end]
        seen_up_to = match + 1
    return delays, sum(1 for t in times[seen_up_to:] if begin <= t <= end)


def delays(truth, sightings, begin, end):
    """Milliseconds, sorted, of all workers; and how many changes were never seen."""
    found, unseen = [], 0
    for instance, changes in truth.items():
        own, missing = delays_of_worker(changes, sightings.get(instance, []), begin, end)
        found += own
        unseen += missing
    return sorted(ns / 1e6 for ns in found), unseen


def mean(values):
    return sum(values) / len(values)


def percentile(sorted_values, percent):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * percent / 100))]
