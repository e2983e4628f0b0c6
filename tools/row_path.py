"""The files that a row of a table passes on its way from a CSV file to theta: `shoal train` is watched.

    .venv/bin/python tools/row_path.py    the files with their lines, in the order in which the row meets them

`shoal train` runs in this process on a small table (two columns of numbers, one of categories, all with gaps;
two classes), with its default settings and the default engine; it is not trained again after it was judged.
A Python file of the package is on the path if a line of one of its functions is executed after the CSV file
is first opened and before the last call of an engine's `epochs` returns: in that call theta changes for the
last time. So the search for problems in the table is on the path; judging (with the linear model, which is
fitted after the network), printing and saving are not.

What is executed while a module of the package is imported does not count (class bodies, decorators, tables
that a function builds), and neither do the methods that `dataclass` writes, which have no file. C++ does not
count. No module is named here but the command line: files may be moved and renamed, but `main` of `shoal.cli`
and `epochs` of the engines may not.
"""

import contextlib
import io
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

SOURCE = Path(__file__).parents[1] / "src/shoal"
UPDATES = "epochs"  # the method of an engine that changes theta
ROWS = 60


@dataclass
class Watch:
    """Collects the files of a folder whose functions run from the opening of a table to the last update."""

    folder: str
    table: str
    path: list[str] = field(default_factory=list)  # up to the last update that has returned
    since: list[str] = field(default_factory=list)  # after it: on the path if another one follows
    state: str = "waiting"  # for the table; then "watching", then "done"

    def run(self, work: Callable[[], Any]) -> list[Path]:
        """Do the work, and return the files in the order in which they were met."""
        sys.addaudithook(self._audit)  # it cannot be taken away again
        try:
            work()
        finally:
            self.state = "done"
            sys.settrace(None)
            threading.settrace(None)
        return [Path(name) for name in self.path]

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Begin to watch when the table is opened: this thread, its functions under way, and new threads."""
        if self.state != "waiting" or event != "open" or not isinstance(arguments[0], str | os.PathLike):
            return
        if os.fspath(arguments[0]) == self.table:
            self.state = "watching"
            threading.settrace(self._call)
            sys.settrace(self._call)
            for frame in _stack(sys._getframe(1)):
                frame.f_trace = self._call(frame, "call", None)

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        """Look at a function of the folder line by line, and at no other."""
        return self._step if frame.f_code.co_filename.startswith(self.folder) else None

    def _step(self, frame: FrameType, event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if name not in self.path and name not in self.since and not self._is_importing(frame):
            self.since.append(name)
        if event == "return" and frame.f_code.co_name == UPDATES:
            self.path += self.since
            self.since.clear()
        return self._step

    def _is_importing(self, frame: FrameType) -> bool:
        """Whether this runs because a module of the folder is being imported."""
        codes = (each.f_code for each in _stack(frame))
        return any(code.co_name == "<module>" and code.co_filename.startswith(self.folder) for code in codes)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and all that called it."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def row_path() -> list[Path]:
    """The files that a row passes, relative to the package's folder."""
    folder = SOURCE.resolve()
    with tempfile.TemporaryDirectory() as place:
        table = Path(place, "table.csv")
        table.write_text(_table(), encoding="utf-8")
        watch = Watch(f"{folder}{os.sep}", str(table))
        said, wrong = io.StringIO(), io.StringIO()

        def work() -> None:
            from shoal.cli import main

            words = [
                "train",
                str(table),
                "--target",
                "kind",
                "--out",
                str(Path(place, "model.shoal")),
                "--no-refit",
            ]
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
                code = main(words)
            if code != 0:
                raise SystemExit(f"shoal train ended with {code}: {wrong.getvalue()}")

        found = watch.run(work)
    if not found:
        raise SystemExit(
            "no file was met: is shoal installed from here, and does an engine still have `epochs`?"
        )
    return [path.relative_to(folder) for path in found]


def lines(path: Path) -> int:
    """The lines of a file of the package."""
    return (SOURCE / path).read_text(encoding="utf-8").count("\n")


def _table() -> str:
    """Rows whose class is the sign of a product; each column but the target has gaps."""
    rows = ["a,b,colour,kind"]
    for i in range(ROWS):
        a, b = (i * 7 % 19 - 9.5) / 4, (i * 11 % 23 - 11.5) / 5
        cells = [f"{a:.3f}", f"{b:.3f}", ("red", "green", "blue")[i % 3]]
        if i % 10 == 0:
            cells[i // 10 % 3] = ""
        rows.append(",".join([*cells, "same" if a * b > 0 else "other"]))
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    found = row_path()
    for path in found:
        print(f"{lines(path):5}  {path.as_posix()}")
    print(f"{sum(map(lines, found)):5}  lines in {len(found)} files")
