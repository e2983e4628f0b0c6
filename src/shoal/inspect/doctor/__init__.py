"""The doctor: why does it not learn? Findings, each with its evidence, its meaning and what to do.

Read `_case` (what is examined), `_finding` (what is said), `_diagnose` (the table of diseases), then the
checks: `_units`, `_signals`, `_course`, `_inputs`, `_answers` with `_rivals`, `_rows`. A check is a function
from a `Case` to findings; its name is the name of the disease, and its texts stand in `doctor.toml`.
"""
