"""No code of one CPU level may run on a CPU of another.

It could in two ways. The linker keeps one copy of every inline function or template that several objects
have: if kernels compiled for AVX-512 brought one along under the same name as the rest of the program
(`std::max` of doubles, say), a CPU without AVX-512 might be handed that copy. So whatever an object of
`kernels.cpp` leaves to the linker's choice must have the level in its name. And what initializes a variable
when the program starts runs on every CPU, so the kernels' variables must all be constants.
"""

import subprocess
import sys
from pathlib import Path

OBJECTS = Path("build/editable/CMakeFiles")
INITIALIZER = "_GLOBAL__sub_I"


def complaints(path: Path, level: str) -> list[str]:
    """The functions of an object file that another level could be given, or that run at the start."""
    listing = subprocess.run(
        ["nm", "--defined-only", path], capture_output=True, text=True, check=True
    ).stdout
    symbols = [line.split()[-2:] for line in listing.splitlines()]
    namespace = f"{len(level)}{level}"  # as it stands in the name of a C++ symbol
    shared = [name for kind, name in symbols if kind in ("W", "V", "u") and namespace not in name]
    found = [f"{name} is not in the namespace {level}" for name in shared]
    found += [f"{name} runs at the start, on any CPU" for _, name in symbols if name.startswith(INITIALIZER)]
    return [f"{path}: {line}" for line in found]


if __name__ == "__main__":
    found = []
    levels = sorted(OBJECTS.glob("shoal_*.dir"))
    for folder in levels:
        level = folder.stem.removeprefix("shoal_")
        found += [line for path in sorted(folder.rglob("*.o")) for line in complaints(path, level)]
    print("\n".join(found) or f"no code is shared between the {len(levels)} CPU levels")
    sys.exit(bool(found) or not levels)
