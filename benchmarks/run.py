"""Runs the benchmark programs one after the other, and prints what came out as one table.

    python benchmarks/run.py              all questions (about half an hour on two cores)
    python benchmarks/run.py --quick      a five-minute subset: T S M G L P1 PN, with fewer rounds
    python benchmarks/run.py T S          these
    --threads N, --rounds N, --blas NAME  as for each program
    --json FILE                           append the JSON lines to FILE

Each program runs in a process of its own, so that no library finds another's settings.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import machine
import report

HERE = Path(__file__).parent
PROGRAMS = {
    "T": "t_full_batch.py",
    "S": "s_mini_batches.py",
    "M": "m_images.py",
    "G": "g_grid.py",
    "D": "d_grid_digits.py",
    "C": "c_candidates.py",
    "L": "l_logistic.py",
    "P1": "p1_one_row.py",
    "PN": "pn_many_rows.py",
    "W": "w_width_and_batch.py",
    "K": "k_networks.py",
    "E": "e_rows.py",
}
QUICK = ("T", "S", "M", "G", "L", "P1", "PN")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=" ".join(PROGRAMS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--rounds")
    parser.add_argument("--blas", default="auto")
    asked = parser.parse_args()
    questions = asked.questions or (QUICK if asked.quick else tuple(PROGRAMS))
    if unknown := set(questions) - set(PROGRAMS):
        parser.error(f"no question {', '.join(sorted(unknown))}; there are {', '.join(PROGRAMS)}")
    arguments = ["--threads", asked.threads, "--blas", asked.blas]
    arguments += ["--quick"] * asked.quick + (["--rounds", asked.rounds] if asked.rounds else [])
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines.jsonl"
        failed = [
            question
            for question in questions
            if subprocess.run(
                [sys.executable, HERE / PROGRAMS[question], *arguments, "--json", lines], check=False
            ).returncode
        ]
        written = lines.read_text(encoding="utf-8") if lines.exists() else ""
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        with asked.json.open("a", encoding="utf-8") as file:
            file.write(written)
    print("\n" + report.tables(written.splitlines()))
    for name in machine.left_out():
        print(f"left out: {name} is not installed")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
