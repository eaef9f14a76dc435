"""Holds the events of streams against the schemas that /v1/openapi.json gives them (x-events).

usage: event_schema.py DESCRIPTION EVENTS, with one {"event": name, "data": ...} a line in EVENTS.
Prints each deviation, ten at most; exit code 1 if there is one. Needs jsonschema_rs, which
schemathesis brings along.
"""
import itertools
import json
import sys

import jsonschema_rs

PRINTED_MAX = 10


def validators(description):
    stream = description["paths"]["/v1/fleet/events"]["get"]["responses"]["200"]
    events = stream["content"]["text/event-stream"]["x-events"]
    return {name: jsonschema_rs.Draft202012Validator(
        {**schema, "components": description["components"]}, validate_formats=True)
        for name, schema in events.items()}


def deviations(description, lines):
    described = validators(description)
    for line in lines:
        event = json.loads(line)
        name = event["event"]
        if name not in described:
            yield f"{name}: no such event is described"
            continue
        for error in described[name].iter_errors(event["data"]):
            place = "/".join(str(step) for step in error.instance_path)
            yield f"{name}: {place}: {error.message[:300]}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        description = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        found = list(itertools.islice(deviations(description, file), PRINTED_MAX))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
