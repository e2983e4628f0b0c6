"""Kinds of option values, with errors in both languages."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from shoal.base.texts import text
from shoal.tables._settings import CLASS_WEIGHTS, KINDS, LOG_TARGET, LOSSES


class Whole(click.ParamType[int]):
    """A whole number in a range."""

    name = "whole"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number or say what was expected."""
        try:
            number = int(value)
        except ValueError:
            number = self.least - 1
        if not self.least <= number <= self.most:
            limits = {"least": self.least, "most": self.most}
            self.fail(text("cli.must_be_whole", **limits, got=repr(value)), param, ctx)
        return number


class Number(click.ParamType[float]):
    """A finite number in a range."""

    name = "number"

    def __init__(self, least: float, most: float) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the number or say what was expected."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not self.least <= number <= self.most:
            limits = {"least": f"{self.least:g}", "most": f"{self.most:g}"}
            self.fail(text("cli.must_be_number", **limits, got=repr(value)), param, ctx)
        return number


class OneOf(click.ParamType[str]):
    """One of a few words; a function that gives them is only called when there is a value to look at."""

    name = "choice"

    def __init__(self, known: tuple[str, ...] | Callable[[], tuple[str, ...]]) -> None:
        self._known = known

    @property
    def known(self) -> tuple[str, ...]:
        """The words."""
        return self._known() if callable(self._known) else self._known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the word, or say which words are known."""
        if value not in self.known:
            known = ", ".join(self.known)
            self.fail(text("cli.must_be_one_of", known=known, got=repr(value)), param, ctx)
        return str(value)


class Widths(click.ParamType[tuple[int, ...]]):
    """Numbers of hidden units, layer by layer: ``16,8``; ``0`` means no hidden layer."""

    name = "widths"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Read the list or show what one looks like."""
        if isinstance(value, tuple):
            return value
        try:
            widths = tuple(int(part) for part in value.split(","))
        except ValueError:
            widths = (-1,)
        if widths == (0,):
            return ()
        if not all(1 <= width <= 1_000_000 for width in widths) or len(widths) > 100:
            self.fail(text("cli.must_be_widths", got=repr(value)), param, ctx)
        return widths


class Unit(click.ParamType[tuple[int, int]]):
    """A layer and a unit: ``1,3``."""

    name = "unit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Read the two numbers or show what they look like."""
        if isinstance(value, tuple):
            return value
        try:
            layer, unit = (int(part) for part in value.split(","))
        except ValueError:
            layer = unit = 0
        if layer < 1 or unit < 1:
            self.fail(text("cli.must_be_unit", got=repr(value)), param, ctx)
        return layer, unit


class LateOption(click.Option):
    """An option whose help names what is slow to import: it is made when somebody asks for the page."""

    def __init__(self, names: list[str], about: Callable[[], str], **how: Any) -> None:
        super().__init__(names, **how)
        self._about = about

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The name and what it means."""
        self.help = self._about()
        return super().get_help_record(ctx)


class InFile(click.Path):
    """A file to read. `Command` looks for it before it imports what would read it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)


class Pairs(click.ParamType[tuple[str, str]]):
    """A column and what is said of it: ``NAME=KIND``."""

    name = "pair"

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        self.known = known

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Cut at the last equals sign, or say what was expected."""
        column, equals, said = str(value).rpartition("=")
        if not (column and equals and said):
            self.fail(text("cli.must_be_pair", got=repr(value)), param, ctx)
        return column, OneOf(self.known).convert(said, param, ctx) if self.known else said


class Costs(click.ParamType[tuple[str, float]]):
    """A class and what it costs to miss it: ``LABEL=NUMBER``."""

    name = "cost"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Cut at the last equals sign, or say what was expected."""
        label, equals, said = str(value).rpartition("=")
        if not (label and equals):
            self.fail(text("cli.must_be_pair", got=repr(value)), param, ctx)
        return label, Number(1e-9, 1e9).convert(said, param, ctx)


def by_column(options: dict[str, Any]) -> dict[str, Any]:
    """The options with `columns` and `missing` as the settings have them: by the name of the column."""
    kinds, values = dict(options.pop("column")), options.pop("missing")
    missing = {name: tuple(value for column, value in values if column == name) for name, _ in values}
    return {**options, "columns": kinds, "missing": missing, "cost": dict(options.get("cost", ()))}


def given(options: Mapping[str, Any]) -> list[str]:
    """The options that a person wrote, as they are written: ``--seed 0`` too."""
    return [
        f"--{name.replace('_', '-')}"
        for name, value in options.items()
        if not (value is None or value is False or value == ())
    ]


READING = ("any_size", "encoding", "header", "sheet")
"""What `open_table` takes; `Command` hands them on together, as ``reading``."""


def reading_options() -> list[click.Option]:
    """The options of every command that reads a table."""
    return [
        click.Option(["--any-size"], is_flag=True, help=text("cli.any_size")),
        click.Option(["--encoding"], metavar=text("cli.metavar_name"), help=text("cli.encoding")),
        click.Option(["--sheet"], metavar=text("cli.metavar_name"), help=text("cli.sheet")),
        click.Option(["--header/--no-header"], default=None, help=text("cli.header")),
    ]


def defaulted(
    defaults: Any, name: str, kind: click.ParamType[Any], metavar: str, **words: object
) -> click.Option:
    """An option whose default is the library's, and stands in its help."""
    default = getattr(defaults, name)
    shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
    explained = text(f"cli.train_{name}", default=shown, **words)
    flag = f"--{name.replace('_', '-')}"
    return click.Option([flag], type=kind, default=default, metavar=metavar, help=explained)


SPLITTING = ("group", "order", "test")
"""The options that say which rows judge."""


def _fair_options() -> dict[str, click.Parameter]:
    """Those, and how much the classes weigh."""
    column = text("cli.metavar_column")
    return {
        "group": click.Option(["--group"], metavar=column, help=text("cli.train_group")),
        "order": click.Option(["--order"], metavar=column, help=text("cli.train_order")),
        "test": click.Option(
            ["--test"], type=InFile(), metavar=text("cli.metavar_file"), help=text("cli.train_test")
        ),
        "weight": click.Option(["--weight"], metavar=column, help=text("cli.train_weight")),
        "cost": click.Option(
            ["--cost"],
            type=Costs(),
            multiple=True,
            metavar=text("cli.metavar_pair_cost"),
            help=text("cli.train_cost"),
        ),
        "log_target": click.Option(
            ["--log-target"],
            type=OneOf(LOG_TARGET),
            default="auto",
            metavar=text("cli.metavar_name"),
            help=text("cli.train_log_target"),
        ),
        "loss": click.Option(
            ["--loss"], type=OneOf(LOSSES), metavar=text("cli.metavar_name"), help=text("cli.train_loss")
        ),
        "class_weight": click.Option(
            ["--class-weight"],
            type=OneOf(CLASS_WEIGHTS),
            metavar=text("cli.metavar_name"),
            help=text("cli.train_class_weight"),
        ),
    }


def table_options(defaults: Any) -> dict[str, click.Parameter]:
    """The options that `shoal train` and `shoal search` share, by name."""
    column, name = text("cli.metavar_column"), text("cli.metavar_name")
    tasks = OneOf(("classification", "regression"))
    return {
        "table": click.Argument(["table"], type=InFile(), metavar=text("cli.metavar_table")),
        "target": click.Option(["--target"], required=True, metavar=column, help=text("cli.train_target")),
        "out": click.Option(
            ["--out"],
            type=click.Path(path_type=Path),
            metavar=text("cli.metavar_file"),
            help=text("cli.train_out"),
        ),
        "task": click.Option(["--task"], type=tasks, metavar=name, help=text("cli.train_task")),
        "keep": click.Option(["--keep"], multiple=True, metavar=column, help=text("cli.train_keep")),
        "drop": click.Option(["--drop"], multiple=True, metavar=column, help=text("cli.train_drop")),
        "column": click.Option(
            ["--column"],
            type=Pairs(KINDS),
            multiple=True,
            metavar=text("cli.metavar_pair_kind"),
            help=text("cli.train_column", kinds=", ".join(KINDS)),
        ),
        "missing": click.Option(
            ["--missing"],
            type=Pairs(),
            multiple=True,
            metavar=text("cli.metavar_pair_value"),
            help=text("cli.train_missing"),
        ),
        **_fair_options(),
        "epochs": defaulted(defaults, "epochs", Whole(1, 10**6), "N"),
        "patience": defaulted(defaults, "patience", Whole(1, 10**6), "N"),
        "test_share": defaulted(defaults, "test_share", Number(0.01, 0.5), "X"),
        "refit": click.Option(["--refit/--no-refit"], default=defaults.refit, help=text("cli.train_refit")),
        "seed": defaulted(defaults, "seed", Whole(0, 2**32 - 1), "N"),
        **{option.human_readable_name: option for option in reading_options()},
    }
