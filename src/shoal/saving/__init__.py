"""Floor 7, files in and out: a model becomes a `.shoal` file, and a file a model."""

from shoal.saving._models import load, save

__all__ = ["load", "save"]
