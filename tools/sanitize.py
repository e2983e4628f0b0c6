"""The engines' tests, with every address and every undefined behaviour of our C++ looked at.

A second virtual environment, build/sanitize, sees the packages of this one and has its own shoal, whose
native engine is compiled with GCC's address and undefined-behaviour sanitizers. This one stays as it is.
Arguments go to pytest; without any, it runs tests/engines, without the slow ones: they take the same paths
more often.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

HOME = Path("build/sanitize").absolute()
PYTHON = HOME / "bin/python"
SETTINGS = (f"build-dir={HOME / 'cmake'}", "cmake.build-type=Debug", "cmake.define.SHOAL_SANITIZE=ON")

IS_SANITIZED = """
import pathlib, sys
from shoal.engines import _native
library = pathlib.Path(_native.__file__)
print("sanitized:", library)
sys.exit(not (library.is_relative_to(sys.prefix) and b"__asan_init" in library.read_bytes()))
"""


def build() -> None:
    """Install shoal with sanitizers into build/sanitize; what did not change is not compiled again."""
    venv.create(HOME, symlinks=True)
    packages = sysconfig.get_path("purelib", "venv", {"base": str(HOME)})
    Path(packages, "packages_of_the_first.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = ["-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--editable", "."]
    settings = [f"--config-settings={setting}" for setting in SETTINGS]
    environment = {**os.environ, "CXX": "g++", "SHOAL_NATIVE": "1"}
    subprocess.run([PYTHON, *install, *settings], env=environment, check=True)


def library(name: str) -> str:
    """The path of one of GCC's libraries."""
    asked = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def watched() -> dict[str, str]:
    """The environment in which the sanitizers work inside a Python that knows nothing of them.

    Their library has to be there before anything is allocated, and needs the C++ library at once to follow
    exceptions. With PYTHONMALLOC, Python's own objects are watched too. Leaks are not looked for, as
    Python itself leaves memory behind when it ends.
    """
    return {
        **os.environ,
        "LD_PRELOAD": f"{library('libasan.so')} {library('libstdc++.so')}",
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
    }


if __name__ == "__main__":
    build()
    if subprocess.run([PYTHON, "-c", IS_SANITIZED], env=watched()).returncode:
        sys.exit("the native engine that Python imports is not the sanitized one")
    # pytest's usual capture would swallow the sanitizers' last words
    pytest = [PYTHON, "-m", "pytest", "--capture=sys"]
    tests = sys.argv[1:] or ["-n", "2", "-m", "not slow", "tests/engines"]
    sys.exit(subprocess.run([*pytest, *tests], env=watched()).returncode)
