"""What a command prints for programs."""

import json
from typing import Any


def print_json(value: Any) -> None:
    """Print a result for programs; a number that is not finite would be a bug in shoal."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2))
