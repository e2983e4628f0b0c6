"""Turns JSON lines into the tables of README.md, so that no number is ever typed by hand.

    python benchmarks/report.py FILE.jsonl ...            prints the tables
    python benchmarks/report.py --write FILE.jsonl ...    puts them into README.md, between its markers

Of several lines for one question, number of threads and BLAS kernel, the last one counts.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- results: written by report.py -->", "<!-- end of results -->"
CEILINGS = ("matrix product", "memory")


def tables(lines: Iterable[str]) -> str:
    """All tables, as Markdown."""
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in lines:
        if line.strip():
            found = json.loads(line)
            latest[found["threads"], found["blas"], found["question"]] = found
    if not latest:
        return "nothing has been measured\n"
    parts = []
    for threads, blas in dict.fromkeys(key[:2] for key in latest):
        records = [record for key, record in latest.items() if key[:2] == (threads, blas)]
        parts += [_machine(records), _ratios(records), _seconds(records), _shares(records)]
        parts += [_curve(record) for record in records if record["points"]]
    return "\n".join(part for part in parts if part)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _machine(records: list[dict[str, Any]]) -> str:
    first = records[0]
    versions = ", ".join(f"{name} {version}" for name, version in first["versions"].items())
    commits = ", ".join(dict.fromkeys(record["commit"] for record in records))
    rounds = ", ".join(dict.fromkeys(str(record["rounds"]) for record in records))
    left_out = "".join(f" Left out: {name}." for name in first["left_out"])
    return (
        f"**{first['processor']}, {first['threads']} of {first['cpus']} CPUs**, {first['system']}, "
        f"Python {first['python']}, {versions}; OpenBLAS kernel {first['blas']}; "
        f"rounds: {rounds}; commit {commits}; {first['when'][:10]}.{left_out}\n"
    )


def _ratios(records: list[dict[str, Any]]) -> str:
    """shoal beside its peers: what was aimed at, and what was reached."""
    rows = []
    for record in records:
        for each in record["ratios"]:
            who = f"{each['of']} against {each['to']}"
            aim = _aim(each, "{:g}x")
            rows.append([record["question"], who, _times(each["ratio"]), _times(each["best"]), *aim])
    head = ["", "", "times as fast", "fastest turns", "target", ""]
    return _table(head, rows) if rows else ""


def _seconds(records: list[dict[str, Any]]) -> str:
    rows = []
    for record in records:
        for name, each in record["contestants"].items():
            if not name.startswith(CEILINGS):
                spread = f"{_time(each['lowest'])} to {_time(each['highest'])}"
                median = _time(each["seconds"])
                precision = name[-7:] if name.endswith(("float32", "float64")) else record["precision"]
                rows.append([record["question"], name, precision, median, each["unit"], spread])
    head = ["", "contestant", "precision", "median", "of", "range"]
    return _table(head, rows) if rows else ""


def _shares(records: list[dict[str, Any]]) -> str:
    rows = []
    for record in records:
        for each in record["shares"]:
            rates = [f"{each[rate]:.3g}" for rate in ("giga_a_second", "ceiling_giga_a_second")]
            aim = _aim(each, "{:.0%}", "share")
            rows.append(
                [record["question"], each["of"], *rates, each["ceiling"], f"{each['share']:.1%}", *aim]
            )
    head = ["", "", "G/s", "ceiling G/s", "ceiling", "share", "target", ""]
    return _table(head, rows) if rows else ""


def _curve(record: dict[str, Any]) -> str:
    """The points of W, K or E, a table each; W's own as a grid of width and batch."""
    points = record["points"]
    if record["question"] == "W":
        own = next(iter(points))["contestant"]
        widths, batches = ({point[what]: None for point in points} for what in ("width", "batch"))
        found = {(p["width"], p["batch"]): p for p in points if p["contestant"] == own}
        rows = [
            [str(h)] + [_corner(found.get((h, batch))) for batch in batches] for h in widths
        ]  # fmt: skip
        grid = _table(["width", *(f"batch {batch}" for batch in batches)], rows)
        beside = {(p["width"], p["batch"]) for p in points if p["contestant"] != own}
        points = [point for point in points if (point["width"], point["batch"]) in beside]
        return f"W: {own}, us a step (share of the matrix-product peak)\n\n{grid}\n{_points(points)}"
    return f"{record['question']}: {record['title']}\n\n{_points(points)}"


def _points(points: list[dict[str, Any]]) -> str:
    if not points:
        return ""
    return _table(list(points[0]), [[_number(value) for value in point.values()] for point in points])


def _corner(point: dict[str, Any] | None) -> str:
    return "" if point is None else f"{point['us_a_step']:.3g} ({point['share']:.0%})"


def _number(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.3g}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}"


def _times(ratio: float) -> str:
    return f"{ratio:.3g}x"


def _time(seconds: float) -> str:
    """Seconds with a unit that keeps the number readable."""
    for unit, scale in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _aim(each: dict[str, Any], form: str, what: str = "ratio") -> list[str]:
    if each["target"] is None:
        return ["", ""]
    return [form.format(each["target"]), "met" if each[what] >= each["target"] else "missed"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("files", nargs="+", type=Path)
    asked = parser.parse_args()
    found = tables(line for file in asked.files for line in file.read_text(encoding="utf-8").splitlines())
    if not asked.write:
        print(found)
        return
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{found}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
