"""How much memory a program took, as the text of a function that the program itself begins with."""

PEAK = """
import re, resource, sys
from pathlib import Path


def peak():
    # getrusage would count what the process was before it became this one
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


"""
