"""The expressions of the alert rules and of the dashboard, and the series that each speaks of."""
import json
import re

# What Grafana puts in where it shows a dashboard.
GRAFANA = {"$__rate_interval": "5m", "$instance": ".*", "$component": ".*"}
LABEL_LISTS = r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)"
WORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left",
         "group_right", "inf", "nan"}
# Every target has these; they are put on by who scrapes.
TARGET_LABELS = {"job", "instance"}


def of_rules(text):
    """(alert, expression) of each alert: of our own YAML, which has `expr: ...` or `expr: |`."""
    found = re.findall(r"- alert: (\w+)\n +expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)", text)
    return [(alert, block or line) for alert, block, line in found]


def of_dashboard(text):
    """(where, expression) of each panel, variable and annotation, with Grafana's words put in."""
    board = json.loads(text)
    found = [(f"annotation {a['name']}", a["expr"]) for a in board["annotations"]["list"]]
    for panel in board["panels"]:
        found += [(f"panel {panel['title']}", t["expr"]) for t in panel.get("targets", [])]
    for variable in board["templating"]["list"]:
        values = re.fullmatch(r"label_values\((.*), (\w+)\)", variable.get("definition", ""))
        if values:
            found.append((f"variable {variable['name']}",
                          f"count by ({values[2]}) ({values[1]})"))
    for word, value in GRAFANA.items():
        found = [(where, expr.replace(word, value)) for where, expr in found]
    return found


def selectors(expression):
    """(series, {label: value matched}) of each selector in a PromQL expression."""
    strings = []

    def keep(match):
        strings.append(match[0][1:-1])
        return f'"{len(strings) - 1}"'

    text = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', keep, expression)
    text = re.sub(LABEL_LISTS, " ", text)
    text = re.sub(r"\[[^\]]*\]", " ", text)
    found = []
    for match in re.finditer(r"([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?!\w)\s*(\()?", text):
        name, braces, call = match.groups()
        if call or name.lower() in WORDS:
            continue
        labels = re.findall(r'(\w+)\s*(?:=~|!=|!~|=)\s*"(\d+)"', braces or "")
        found.append((name, {label: strings[int(at)] for label, at in labels}))
    return found


def label_lists(expression):
    """The labels that aggregations and joins name."""
    return {label.strip() for _, labels in re.findall(LABEL_LISTS, expression)
            for label in labels.split(",") if label.strip()}
