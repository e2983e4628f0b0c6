"""Run a command line in this process and keep what it said."""

import json
from dataclasses import dataclass

import pytest

from shoal import cli
from shoal.base import texts


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def shoal(capsys, monkeypatch):
    """Call it with the words of a command line."""
    monkeypatch.setenv("SHOAL_LANG", "en")
    monkeypatch.setenv("COLUMNS", "100")
    chosen = list(texts._chosen)

    def run(*words):
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    yield run
    texts._chosen[:] = chosen
