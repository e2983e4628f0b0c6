"""What a command prints for programs."""

import json
from typing import Any


def print_json(value: Any) -> None:
    """Print a result for programs; a number that is not finite would be a bug in shoal."""
    print(harmless_json(value, indent=2))


def harmless_json(value: Any, indent: int | None = None) -> str:
    """JSON in which whatever a terminal could obey (control characters, bidi marks) is an escape."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in written)
