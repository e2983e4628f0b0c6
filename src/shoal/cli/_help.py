"""Help pages in both languages; click's own are English and count a Chinese character as one cell."""

import shutil
from collections.abc import Sequence

import click

from shoal.base.aligned import cells, wrap
from shoal.base.texts import text
from shoal.cli._errors import Exit

Explained = tuple[str, str]  # a name and its meaning


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
    options = [entry for entry in command.get_params(ctx) if isinstance(entry, click.Option)]
    names = [(option.get_help_record(ctx) or ("", ""))[0] for option in options]
    meanings = [option.help or "" for option in options]
    return _section("cli.options", list(zip(names, meanings, strict=True)))


def _section(heading: str, entries: Sequence[Explained]) -> str:
    """A heading and under it, indented, names and what they mean in two columns."""
    left = max(cells(name) for name, _ in entries) + 4
    lines = [text(heading)]
    for name, meaning in entries:
        start = "  " + name + " " * (left - 2 - cells(name))
        lines.append(start + wrap(meaning, _width() - left, left))
    return "\n".join(lines)


def _width() -> int:
    return max(40, min(shutil.get_terminal_size().columns, 100))
