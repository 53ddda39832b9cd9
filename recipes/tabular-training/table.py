"""Tables from CSV, and their rows as numbers."""

import csv
import math

MISSING = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"}


def read_table(lines):
    """(header, rows of text; None where a value is missing)."""
    rows = csv.reader(lines)
    header = [name.strip() for name in next(rows, [])]
    if len(set(header)) < len(header) or not header:
        raise SystemExit("the first line of the CSV must name the columns, each once")
    table = []
    for row in rows:
        if not row:
            continue
        if len(row) != len(header):
            raise SystemExit(f"line {rows.line_num} of the CSV has {len(row)} values; there are {len(header)} columns")
        table.append([None if cell.strip() in MISSING else cell.strip() for cell in row])
    return header, table


def number(text):
    """None for what is no finite number."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class Encoder:
    """
    Rows as vectors, by what was seen in the rows of training only. `one_hot`: missing numbers become the mean, each category a column of its own,
    none set where it is missing or new. `codes`: missing values stay None, a category is its place in the order of their names.
    """

    def __init__(self, columns, encoding, is_scaled):
        self.columns, self.encoding, self.is_scaled = columns, encoding, is_scaled

    @classmethod
    def fit(cls, header, rows, target, payload, encoding):
        left_out = {target, *payload.get("ignore", [])}
        forced = set(payload.get("categorical", []))
        unknown = (forced | left_out) - set(header)
        if unknown:
            raise SystemExit(f"the CSV has no column {', '.join(sorted(unknown))}; it has {', '.join(header)}")
        columns = [
            describe(name, [row[at] for row in rows], name in forced)
            for at, name in enumerate(header)
            if name not in left_out
        ]
        if not columns:
            raise SystemExit("no column is left to learn from")
        return cls(columns, encoding, payload.get("scale", "standard") == "standard")

    def encode(self, header, rows):
        places = {name: at for at, name in enumerate(header)}
        absent = [column["name"] for column in self.columns if column["name"] not in places]
        if absent:
            raise SystemExit(f"the CSV has no column {', '.join(absent)}, which the model was trained on")
        at = [places[column["name"]] for column in self.columns]
        return [[x for column, i in zip(self.columns, at) for x in self.cells(column, row[i])] for row in rows]

    def cells(self, column, text):
        categories = column.get("categories")
        if self.encoding == "codes":
            if categories is None:
                return [None if text is None else number(text)]
            return [categories.index(text) if text in categories else None]
        if categories is not None:
            return [float(text == category) for category in categories]
        value = number(text) if text is not None else None
        value = column["mean"] if value is None else value
        return [(value - column["mean"]) / column["std"] if self.is_scaled else value]

    def names(self):
        """Of the numbers of a vector."""
        if self.encoding == "codes":
            return [column["name"] for column in self.columns]
        split = lambda column: [f"{column['name']}={category}" for category in column["categories"]]
        return [name for column in self.columns for name in (split(column) if "categories" in column else [column["name"]])]

    def state(self):
        return {"columns": self.columns, "encoding": self.encoding, "is_scaled": self.is_scaled}


def describe(name, texts, is_forced):
    present = [text for text in texts if text is not None]
    numbers = [number(text) for text in present]
    if is_forced or None in numbers:
        return {"name": name, "categories": sorted(set(present))}
    mean = math.fsum(numbers) / len(numbers) if numbers else 0.0
    spread = math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / len(numbers)) if numbers else 0.0
    return {"name": name, "mean": mean, "std": spread or 1.0}
