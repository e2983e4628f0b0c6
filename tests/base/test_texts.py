"""The catalogue: complete in both languages, used, and safe with what a user typed."""

import ast
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

import shoal
from shoal.base import texts
from shoal.base.errors import UsageError
from shoal.base.texts import page, text, use_language, use_locale
from shoal.datasets import CATALOGUE
from shoal.estimators._parameters import ALLOWED, LOGISTIC_REGRESSION

SOURCE = Path(shoal.__file__).parent
PAGES = sorted(path.name.removesuffix(".toml") for path in files(texts).iterdir() if path.suffix == ".toml")
ENTRIES = [f"{name}.{entry}" for name in PAGES for entry in page(name)]
KEY = re.compile(rf"({'|'.join(PAGES)})\.\w+")
CHINESE = re.compile("[\u4e00-\u9fff]")
FULL_WIDTH = re.compile("[\u3000-\u303f\uff01-\uff5e]")  # punctuation

# Keys whose whole entry is a word from elsewhere: text(f"parameters.{rule.words}")
FROM_TABLES = {
    "parameters": {rule.words for rule in (*ALLOWED.values(), *LOGISTIC_REGRESSION.values())},
    "data": set(CATALOGUE),
}


# What is written alike in both languages: symbols, names of scores
INTERNATIONAL = {
    "W",
    "b",
    "R²",
    "F1",
    "ROC AUC",
    *("ReLU", "leaky ReLU", "Xavier", "He", "Nesterov", "RMSprop", "Adam", "L2", "dropout"),  # of methods
    *("tanh: W = 0, b = 0", "ReLU: W = 0, b = 0", r"$\|g - g'\| \,/\, (\|g\| + \|g'\|)$"),  # formulas
}


def places(template):
    """The named places of a template."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def templates(key):
    name, _, entry = key.partition(".")
    return page(name)[entry]


@cache
def nodes():
    """Every node of the package's source, with its file."""
    trees = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(SOURCE.rglob("*.py"))]
    return [(path, node) for path, tree in trees for node in ast.walk(tree)]


@cache
def written_keys():
    """The keys that stand in the source as they are."""
    parts = {id(part) for _, node in nodes() if isinstance(node, ast.JoinedStr) for part in node.values}
    constants = (n.value for _, n in nodes() if isinstance(n, ast.Constant) and id(n) not in parts)
    found = {value for value in constants if isinstance(value, str) and KEY.fullmatch(value)}
    return found | native_keys() | template_keys()


def native_keys():
    """The keys that stand in the extension's source."""
    sources = (SOURCE.parents[1] / "native").glob("*.?pp")
    return {found for path in sources for found in re.findall(r'"(engine\.\w+)"', path.read_text("utf-8"))}


def template_keys():
    """The keys that stand in the templates of pages."""
    templates = [path.read_text("utf-8") for path in SOURCE.rglob("*.jinja")]
    return {key for template in templates for key in re.findall(r'text\("(\w+\.\w+)"', template)}


@cache
def composed_keys():
    """A pattern for each key that the source composes: f"cli.{name}_about" is cli\\.\\w+_about."""
    found = set()
    for _, node in nodes():
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
            if re.match(rf"({'|'.join(PAGES)})\\\.", parts[0]):
                found.add("".join(parts))
    return found


def is_used(key):
    name, _, entry = key.partition(".")
    if key in written_keys() or entry in FROM_TABLES.get(name, ()):
        return True
    patterns = composed_keys() - {rf"{table}\.\w+" for table in FROM_TABLES}
    return any(re.fullmatch(pattern, key) for pattern in patterns)


# --------------------------------------------------------------------------- the catalogue


def test_there_are_pages():
    assert "core" in PAGES
    assert len(ENTRIES) > 50


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_says_the_same_in_both_languages(key):
    entry = templates(key)
    assert set(entry) == {"en", "zh"}
    assert entry["en"].strip()
    words = re.sub(r"{.*?}", "", entry["en"]).strip()
    assert CHINESE.search(entry["zh"]) or words in INTERNATIONAL or not re.search("[A-Za-z]", words)
    assert not CHINESE.search(entry["en"])
    assert not FULL_WIDTH.search(entry["en"])
    assert places(entry["en"]) == places(entry["zh"])
    assert all(name.isidentifier() for name in places(entry["en"]))  # no {0}, {} or {x.attribute}


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_is_used(key):
    assert is_used(key)


@pytest.mark.parametrize("key", sorted(written_keys()))
def test_a_key_in_the_source_is_in_the_catalogue(key):
    assert key in ENTRIES


@pytest.mark.parametrize("pattern", sorted(composed_keys()))
def test_a_composed_key_in_the_source_has_entries(pattern):
    assert any(re.fullmatch(pattern, key) for key in ENTRIES)


@pytest.mark.parametrize(("page_name", "words"), FROM_TABLES.items())
def test_the_words_of_the_tables_are_in_the_catalogue(page_name, words):
    assert words <= set(page(page_name))


def test_every_place_is_filled_where_the_call_shows_its_values():
    """text("page.entry", name=...) and Error("page.entry", name=...) name at least the entry's places."""
    seen = 0
    for path, call in nodes():
        if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Constant):
            continue
        key = call.args[0].value
        given = {keyword.arg for keyword in call.keywords}
        if key in ENTRIES and None not in given:  # None: **values, which only running it can tell
            seen += 1
            assert places(templates(key)["en"]) <= given, f"{path.name}:{call.lineno} {key}"
    assert seen > 30


# --------------------------------------------------------------------------- the language in force


@pytest.fixture
def fresh(monkeypatch):
    """Nobody has chosen a language yet, and the environment says nothing."""
    monkeypatch.setattr(texts, "_chosen", [])
    for name in ("SHOAL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def spoken():
    return next(
        name for name in ("en", "zh") if text("core.zeros_start") == page("core")["zeros_start"][name]
    )


def test_english_unless_somebody_says_otherwise(fresh):
    assert spoken() == "en"


@pytest.mark.parametrize(
    ("value", "name"),
    [("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("ZH", "zh"), ("en", "en"), ("fr", "en"), ("", "en")],
)
def test_the_variable_decides(fresh, value, name):
    fresh.setenv("SHOAL_LANG", value)
    assert spoken() == name


def test_a_library_does_not_follow_the_locale(fresh):
    fresh.setenv("LANG", "zh_CN.UTF-8")
    assert spoken() == "en"


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "en_GB.UTF-8", "LC_ALL": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "zh_CN.UTF-8", "SHOAL_LANG": "en"}, "en"),
        ({"LANG": "en_GB.UTF-8", "SHOAL_LANG": "zh"}, "zh"),
    ],
    ids=str,
)
def test_a_command_line_follows_the_locale_and_the_variable_wins(fresh, variables, name):
    for variable, value in variables.items():
        fresh.setenv(variable, value)
    use_locale()
    assert spoken() == name


def test_a_choice_wins_over_the_environment_and_the_next_choice_over_it(fresh):
    fresh.setenv("SHOAL_LANG", "zh")
    use_language("en")
    assert spoken() == "en"
    use_language("zh")
    assert spoken() == "zh"


def test_a_language_that_we_do_not_speak_is_refused(fresh):
    with pytest.raises(ValueError, match="'fr'"):
        use_language("fr")


# --------------------------------------------------------------------------- what a user typed

TYPED = ["{names}", "{0} {} {x!r:>9}", "100 % %s \\n", "模型}{", "{name.__class__}"]


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_user_typed_is_never_read_as_a_format(fresh, typed, language):
    use_language(language)
    said = text("core.cannot_write", path=typed, reason=typed)
    assert said.count(typed) == 2


def test_an_error_keeps_its_key_and_values_and_speaks_the_language_in_force(fresh):
    use_language("zh")
    error = UsageError("core.output", name="{x}", names="a, b")
    assert str(error) == "没有名为 '{x}' 的输出层，可选：a, b"
    assert (error.key, error.values) == ("core.output", {"name": "{x}", "names": "a, b"})


def test_a_key_that_does_not_exist_is_a_mistake_of_ours_and_loud():
    with pytest.raises(KeyError):
        text("core.no_such_entry")
