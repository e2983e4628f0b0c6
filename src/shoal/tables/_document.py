"""The part of a model file that describes a table. It is read by schemas; a mistake means damage."""

from typing import Any

from shoal.base import schema
from shoal.base.errors import ModelFileError


def read(name: str, check: schema.Check, document: object) -> Any:
    """What the document stands for.

    Raises
    ------
    ModelFileError
        If it is not as the check says; the message names the place, such as ``table.columns[2].scale``.
    """
    try:
        return schema.at(name, check, document)
    except schema.MismatchError as error:
        raise ModelFileError("tables.damaged_encoder", where=error.where) from error
