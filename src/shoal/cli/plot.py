"""`shoal plot`: a picture of a model and of the rows of a table, as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.cli._options import InFile, given, reading_options
from shoal.cli._out import check_out
from shoal.cli._program import Command

if TYPE_CHECKING:
    from shoal.cli._model import ModelOnTable


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path, name = click.Path(path_type=Path), text("cli.metavar_name")
    column = text("cli.metavar_column")
    params: list[click.Parameter] = [
        click.Argument(["model"], type=InFile(), required=False, metavar=f"[{text('cli.metavar_model')}]"),
        click.Argument(["table"], type=InFile(), required=False, metavar=f"[{text('cli.metavar_table')}]"),
        click.Option(["--what"], metavar=name, help=text("cli.plot_what")),
        click.Option(["--out"], type=path, metavar=text("cli.metavar_file"), help=text("cli.plot_out")),
        click.Option(["--feature"], multiple=True, metavar=column, help=text("cli.plot_feature")),
        click.Option(["--size"], metavar="WxH", help=text("cli.plot_size")),
        click.Option(["--dark"], is_flag=True, help=text("cli.plot_dark")),
        *reading_options(),
    ]
    return Command("plot", params, run)


def run(
    model: Path | None,
    table: Path | None,
    what: str | None,
    out: Path | None,
    as_json: bool,
    reading: dict[str, Any],
    **how: Any,
) -> None:
    """Draw and write it; without a name, list what can be drawn."""
    from shoal.plots._names import NAMES, check_features, check_name

    if what is None:
        if given({"model": model, "out": out, **reading, **how}):
            raise UsageError("cli.plot_needs_what", known=", ".join(NAMES))
        _list(as_json)
        return
    check_name(what)
    feature = how["feature"]
    check_features(what, feature)
    if model is None or table is None or out is None:
        raise UsageError("cli.plot_needs_files")
    check_out(out, model, table)
    loaded = _load(model, table, out, reading)
    _draw(loaded, what, out, as_json, feature, {"size": _size(how["size"]), "dark": how["dark"]})


def _list(as_json: bool) -> None:
    """The pictures, a line each."""
    from shoal.base.aligned import table
    from shoal.cli._json import print_json
    from shoal.plots._names import NAMES

    about = {name: text(f"plots.about_{name}") for name in NAMES}
    if as_json:
        print_json({"pictures": [{"name": name, "about": meaning} for name, meaning in about.items()]})
    else:
        print(table([[name, meaning] for name, meaning in about.items()]))


def _load(model: Path, table: Path, out: Path, reading: dict[str, Any]) -> "ModelOnTable":
    from shoal.cli._model import load_model_on_table
    from shoal.plots._figure import check_ending

    check_ending(out)
    return load_model_on_table(model, table, reading)


def _draw(
    loaded: "ModelOnTable", what: str, out: Path, as_json: bool, feature: tuple[str, ...], how: Any
) -> None:
    from shoal.cli._json import print_json
    from shoal.plots import write
    from shoal.plots._figure import headline_of
    from shoal.plots._pictures import Subject, picture

    display = picture(what, Subject(loaded.model, loaded.examples.X, loaded.examples.y, feature), **how)
    write(display, out)
    sentence, rows = headline_of(display), len(loaded.examples.rows)
    if as_json:
        stated = {"path": str(out), "what": what, "title": sentence, "rows": rows}
        print_json(
            {**stated, "left_out": loaded.left_out, "not_understood": loaded.surprises, "notes": loaded.notes}
        )
    else:
        print(text("cli.plot_written", path=out, sentence=sentence))


def _size(written: str | None) -> tuple[int, int] | None:
    """``720x480`` as two numbers."""
    if written is None:
        return None
    width, _, height = written.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError("cli.plot_bad_size", got=repr(written))
    return int(width), int(height)
