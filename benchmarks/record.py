"""What a program found out: printed as a table, and as one JSON line with machine, versions and commit."""

import datetime
import json
import statistics
from typing import Any

import harness
import machine
from harness import Options


class Record:
    """One question's answer, as it grows."""

    def __init__(self, question: str, title: str, options: Options, precision: str) -> None:
        self.options = options
        self.fields: dict[str, Any] = {
            "question": question,
            "title": title,
            "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "threads": options.threads,
            "rounds": options.rounds,
            "quick": options.quick,
            "precision": precision,
            "checks": [],
            "contestants": {},
            "ratios": [],
            "shares": [],
            "notes": [],
            "points": [],
            "left_out": machine.left_out(),
        } | machine.description()
        self._seconds: dict[str, list[float]] = {}
        for name in self.fields["left_out"]:
            print(f"  left out: {name} is not installed")

    def check(self, what: str) -> None:
        """Write down a check that has been passed."""
        self.fields["checks"].append(what)
        print(f"  checked: {what}", flush=True)

    def note(self, what: str) -> None:
        """Write down something that a reader of the numbers must know."""
        self.fields["notes"].append(what)
        print(f"  note: {what}", flush=True)

    def times(self, seconds: dict[str, list[float]], unit: str, divisor: float = 1.0) -> None:
        """Write down everybody's seconds a unit of the work, of which a turn did `divisor`."""
        self._seconds |= seconds
        for name, taken in seconds.items():
            each = [second / divisor for second in taken]
            self.fields["contestants"][name] = {
                "seconds": statistics.median(each), "lowest": min(each), "highest": max(each), "unit": unit
            }  # fmt: skip
            spread = f"{min(each):.3g} to {max(each):.3g}"
            print(f"  {name:44} {statistics.median(each):10.4g} s  {unit}  ({spread})", flush=True)

    def beside(self, name: str, targets: dict[str, float]) -> None:
        """How many times as fast `name` is as each of the others, with what was aimed at.

        `ratio` is the median of the ratios within the rounds; `best` compares everybody's fastest turn.
        """
        for peer in self._seconds:
            if peer == name or peer.startswith(("matrix product", "memory")):
                continue
            times, target = harness.ratio(self._seconds, peer, name), targets.get(peer)
            best = min(self._seconds[peer]) / min(self._seconds[name])
            self.fields["ratios"].append(
                {"of": name, "to": peer, "ratio": times, "best": best, "target": target}
            )
            both = f"{times:8.3g} times as fast (fastest turns: {best:.3g})"
            print(f"  {name} is {both} as {peer}{_aim(times, target)}", flush=True)

    def share(self, name: str, amount: float, ceiling: machine.Ceiling, target: float | None = None) -> None:
        """What share of the ceiling `name` reached, doing `amount` operations or bytes a turn.

        `share` is the median over the rounds; `best` is that of everybody's fastest turn.
        """
        own, top = self._seconds[name], self._seconds[ceiling.name]
        scale = amount / ceiling.amount
        share = statistics.median(scale * b / a for a, b in zip(own, top, strict=True))
        self.fields["shares"].append(
            {
                "of": name,
                "ceiling": ceiling.name,
                "giga_a_second": amount / statistics.median(own) / 1e9,
                "ceiling_giga_a_second": ceiling.amount / statistics.median(top) / 1e9,
                "share": share,
                "best": scale * min(top) / min(own),
                "target": target,
            }
        )
        rate = f"{amount / statistics.median(own) / 1e9:.4g} G/s"
        print(f"  {name}: {rate}, {share:.1%} of the {ceiling.name}{_aim(share, target)}", flush=True)

    def point(self, **numbers: Any) -> None:
        """One point of a curve."""
        self.fields["points"].append(numbers)
        print("  " + "  ".join(f"{name} {_short(number):>9}" for name, number in numbers.items()), flush=True)

    def finish(self) -> None:
        """Print the JSON line, and append it to the file that was asked for."""
        line = json.dumps(self.fields)
        print(line, flush=True)
        if self.options.json:
            self.options.json.parent.mkdir(parents=True, exist_ok=True)
            with self.options.json.open("a", encoding="utf-8") as lines:
                lines.write(line + "\n")


def _aim(reached: float, target: float | None) -> str:
    return "" if target is None else f" (target {target:g}: {'met' if reached >= target else 'MISSED'})"


def _short(number: Any) -> str:
    return f"{number:.4g}" if isinstance(number, float) else str(number)
