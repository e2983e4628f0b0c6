"""A warning points at the line that called shoal, wherever that line is."""

import warnings

from shoal.base.errors import warn


def test_code_without_a_module_can_be_warned():
    """What `exec` runs with a dictionary of its own has no `__name__`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(compile("\n\nwarn('said', UserWarning)", "typed", "exec"), {"warn": warn})
    assert [(str(w.message), w.filename, w.lineno) for w in caught] == [("said", "typed", 3)]
