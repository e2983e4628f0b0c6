"""Help pages in both languages; click's own are English and count a Chinese character as one cell."""

import shutil
from collections.abc import Sequence

import click

from shoal.base.aligned import cells, wrap
from shoal.base.texts import text
from shoal.cli._errors import Exit

Explained = tuple[str, str]  # a name and its meaning

GROUPS = {
    "search": ("budget", "grid", "folds", "study"),
    "columns": ("task", "keep", "drop", "column", "missing", "log_target"),
    "judging": ("test_share", "test", "group", "order", "refit", "seed"),
    "classes": ("weight", "class_weight", "cost"),
    "network": (
        *("hidden", "activation", "loss", "epochs", "patience"),
        *("learning_rate", "batch_size", "l2", "dropout"),
    ),
    "reading": ("encoding", "header", "sheet", "any_size"),
    "other": ("as_json", "show_help"),
}
"""The options of a long page under a heading each; what stands in none of them comes first."""

_ONE_LIST = 12  # options that are read without headings


def command_page(command: click.Command, ctx: click.Context) -> str:
    """Usage, what the command does, its options."""
    return "\n\n".join([*_head(command, ctx), _options(command, ctx)])


def program_page(program: click.Command, ctx: click.Context, commands: Sequence[str]) -> str:
    """Usage, the commands in one line each, options, exit codes."""
    about = [(name, text(f"cli.{name}_about")) for name in commands]
    codes = [(str(int(code)), text(f"cli.exit_{code.name.lower()}")) for code in Exit]
    parts = [
        *_head(program, ctx),
        _section("cli.commands", about),
        _options(program, ctx),
        _section("cli.exit_codes", codes),
        text("cli.more_help", command=ctx.command_path),
    ]
    return "\n\n".join(parts)


def _head(command: click.Command, ctx: click.Context) -> list[str]:
    how = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    return [text("cli.usage", how=how), wrap(command.help or "", _width())]


def _options(command: click.Command, ctx: click.Context) -> str:
    """One list, or, of many options, a list for each of `GROUPS`; all meanings begin at one place."""
    options = [entry for entry in command.get_params(ctx) if isinstance(entry, click.Option)]
    explained = {
        option.human_readable_name: ((option.get_help_record(ctx) or ("", ""))[0], option.help or "")
        for option in options
    }
    if len(options) <= _ONE_LIST:
        return _section("cli.options", list(explained.values()))
    left = max(cells(name) for name, _ in explained.values()) + 4
    grouped = {name for names in GROUPS.values() for name in names}
    parts = {"options": [name for name in explained if name not in grouped]}
    parts |= {
        f"options_{group}": [name for name in names if name in explained] for group, names in GROUPS.items()
    }
    return "\n\n".join(
        _section(f"cli.{heading}", [explained[name] for name in names], left)
        for heading, names in parts.items()
        if names
    )


def _section(heading: str, entries: Sequence[Explained], left: int = 0) -> str:
    """A heading and under it, indented, names and what they mean in two columns, the second at `left`."""
    left = left or max(cells(name) for name, _ in entries) + 4
    lines = [text(heading)]
    for name, meaning in entries:
        start = "  " + name + " " * (left - 2 - cells(name))
        lines.append(start + wrap(meaning, _width() - left, left))
    return "\n".join(lines)


def _width() -> int:
    return max(40, min(shutil.get_terminal_size().columns, 100))
