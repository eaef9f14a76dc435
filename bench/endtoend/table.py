"""The table of a bench: what was measured, beside what, against which goal."""
import dataclasses


@dataclasses.dataclass
class Row:
    """One line. `goal(ours, references)` judges medians; None where nothing is promised."""

    what: str
    unit: str
    goal_words: str = ""
    goal: object = None
    ours: list = dataclasses.field(default_factory=list)
    references: dict = dataclasses.field(default_factory=dict)  # By name, values.

    def add(self, ours, **references):
        self.ours.append(ours)
        for name, value in references.items():
            self.references.setdefault(name.replace("_", " "), []).append(value)

    def verdict(self):
        if self.goal is None or not self.ours:
            return ""
        references = {name: median(values) for name, values in self.references.items()}
        return "met" if self.goal(median(self.ours), references) else "NOT MET"


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def number(value):
    if value >= 1000:
        return f"{value:.0f}"
    if value >= 100:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.3f}"


def spread(values):
    """min / median / max; one figure alone if there is only one."""
    if not values:
        return "-"
    if len(values) == 1:
        return number(values[0])
    return " / ".join(number(v) for v in (min(values), median(values), max(values)))


def render(rows):
    """Markdown, its columns in line."""
    lines = [["", "unit", "muster", "beside it", "goal", ""]]
    for row in rows:
        references = "; ".join(f"{name} {spread(values)}"
                               for name, values in row.references.items())
        lines.append([row.what, row.unit, spread(row.ours), references, row.goal_words,
                      row.verdict()])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths)) + " |"
            for line in lines]
    text.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(text)
