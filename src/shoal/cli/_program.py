"""The program as click sees it: a group whose commands are loaded when they are called."""

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from shoal.base.errors import UsageError
from shoal.base.files import is_file, is_standard_input, reading
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.cli import _help
from shoal.cli._options import READING, InFile

COMMANDS = (
    "data",
    "train",
    "search",
    "predict",
    "evaluate",
    "inspect",
    "trace",
    "check",
    "doctor",
    "plot",
    "graph",
    "experiment",
)
_ALIKE = 0.75  # as difflib counts: --sampels is like --samples, --bogus is not like --out


class Command(click.Command):
    """A command with our help page, `--json`, and errors in the person's language."""

    def __init__(self, name: str, params: list[click.Parameter], callback: Any) -> None:
        as_json = click.Option(["--json", "as_json"], is_flag=True, help=text("cli.json_option"))
        super().__init__(
            name,
            params=[*params, as_json],
            callback=callback,
            help=text(f"cli.{name}_about"),
            options_metavar=text("cli.options_metavar"),
            context_settings={"allow_extra_args": True},
        )

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`, explained in the language in force."""
        return _translated(super().get_help_option(ctx))

    def get_help(self, ctx: click.Context) -> str:
        """Return the help page."""
        return _help.command_page(self, ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Add the command to each error; click forgets it for some."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Refuse arguments that the command does not take and files that are not there, then run."""
        if ctx.args:
            raise UsageError(
                "cli.extra_arguments", arguments=plain(" ".join(ctx.args)), command=ctx.command_path
            )
        for param in self.params:
            path = ctx.params.get(param.name or "")
            if isinstance(param.type, InFile) and path is not None and not _is_there(path):
                with reading(path):  # it says what is wrong, before anything heavy is imported
                    pass
        if READING[0] in ctx.params:
            ctx.params["reading"] = {name: ctx.params.pop(name) for name in READING}
        return super().invoke(ctx)


class Program(click.Group):
    """`shoal`: finds a command by its name and imports only that one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a first day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and let it build its command."""
        if cmd_name not in COMMANDS:
            raise UsageError("cli.no_such_command", name=plain(cmd_name), known=", ".join(COMMANDS))
        command: click.Command = import_module(f"shoal.cli.{cmd_name}").command()
        return command

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`, explained in the language in force."""
        return _translated(super().get_help_option(ctx))

    def get_help(self, ctx: click.Context) -> str:
        """Return the help page: commands and exit codes, without importing a command."""
        return _help.program_page(self, ctx, COMMANDS)


def run(arguments: list[str]) -> None:
    """Parse and run; whatever goes wrong is raised as an error of shoal."""
    program = Program(
        "shoal",
        params=[_version_option()],
        help=text("cli.about"),
        options_metavar=text("cli.options_metavar"),
        subcommand_metavar=text("cli.command_metavar"),
    )
    try:
        with program.make_context("shoal", arguments or ["--help"]) as context:
            program.invoke(context)
    except click.exceptions.Exit as done:
        raise SystemExit(done.exit_code) from None
    except click.UsageError as error:
        raise _in_our_words(error) from error


def _version_option() -> click.Option:
    def show(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
        if wanted:
            click.echo(f"shoal {version('shoal')}")
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=text("cli.version_option"),
    )


def _translated(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = text("cli.help_option")
    return option


def _in_our_words(error: click.UsageError) -> UsageError:
    command = error.ctx.command_path if error.ctx else "shoal"
    match error:
        case click.NoSuchOption(option_name=option, possibilities=known):
            nearest = get_close_matches(option, known or (), n=1, cutoff=_ALIKE)
            if nearest:
                return UsageError("cli.perhaps", option=plain(option), nearest=nearest[0])
            return UsageError("cli.no_such_option", option=plain(option), command=command)
        case click.MissingParameter():
            return UsageError("cli.missing_parameter", name=_name(error), command=command)
        case click.BadOptionUsage(option_name=option):
            return UsageError("cli.needs_value", option=option, command=command)
        case click.BadParameter():
            return UsageError("cli.bad_value", option=_name(error), reason=error.message)
    return UsageError("cli.bad_value", option=command, reason=error.message)


def _name(error: click.BadParameter) -> str:
    match error.param:
        case click.Option(opts=[*names]):
            return max(names, key=len)
        case click.Parameter():
            return error.param.make_metavar(error.ctx) if error.ctx else str(error.param.name)
    return str(error.param_hint)


def _is_there(path: Path) -> bool:
    return is_standard_input(path) or is_file(path)
