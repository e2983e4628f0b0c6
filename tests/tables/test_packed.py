"""Packed tables: a small file that holds gigabytes is refused in bounded memory, an honest one is read."""

import gzip
import io
import subprocess
import sys
from pathlib import Path

import polars
import pytest

from shoal.base.errors import DataError
from shoal.tables import read_table

# The peak of the kernel's counter for this program alone: ru_maxrss also knows the process that started it.
MEASURED = """
import sys
from pathlib import Path
from shoal.base.errors import DataError
from shoal.tables import read_table
try:
    read_table(sys.argv[1])
except DataError as error:
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    print(error.key, int(peak) // 1024)
"""
MOST_MIB = 300  # Python, polars and the limit of 64 MiB take half of it; unpacked these take 1 GiB and more


def zstd_of(byte, blocks):
    """A frame that says one byte again and again: four bytes of the file stand for 128 KiB."""
    size = 1 << 17
    frame = bytearray(b"\x28\xb5\x2f\xfd\x00" + bytes([(17 - 10) << 3]))
    for block in range(1, blocks + 1):
        frame += (size << 3 | 1 << 1 | (block == blocks)).to_bytes(3, "little") + byte
    return bytes(frame)


def gzip_of(piece, times):
    sink = io.BytesIO()
    with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=9) as stream:
        for _ in range(times):
            stream.write(piece)
    return sink.getvalue()


def constants(rows):
    sink = io.BytesIO()
    polars.select(polars.repeat(1.0, rows).alias("a"), polars.repeat("x", rows).alias("b")).write_parquet(
        sink
    )
    return sink.getvalue()


BOMBS = {
    "zstd of 64 KB": ("t.csv.zst", lambda: zstd_of(b"z", 1 << 14), "unpacks_too_large"),
    "zstd of 8 KB": ("t.csv.zst", lambda: zstd_of(b"z", 1 << 11), "unpacks_too_large"),
    "zstd of zeros": ("t.tsv.zst", lambda: zstd_of(b"\0", 1 << 14), "binary"),
    "gzip of rows": ("t.csv.gz", lambda: gzip_of(b"1,a\n2,b\n" * (1 << 17), 256), "unpacks_too_large"),
    "gzip of zeros": ("t.csv.gz", lambda: gzip_of(bytes(1 << 20), 1 << 10), "binary"),
    "Parquet of constants": ("t.parquet", lambda: constants(50_000_000), "unpacks_too_large"),
}


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of a program is asked of Linux"
)
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_bounded_memory(tmp_path, name):
    file, made, key = BOMBS[name]
    (tmp_path / file).write_bytes(made())
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, tmp_path / file], check=True, capture_output=True, text=True
    )
    found, peak = ran.stdout.split()
    assert found == f"tables.{key}"
    assert int(peak) < MOST_MIB


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("t.csv.gz", lambda: gzip_of(b"a,b\n" + b"1,x\n" * (1 << 14), 2200)),
        ("t.csv.zst", lambda: zstd_of(b"z", 1 << 11)),
        ("t.parquet", lambda: constants(6_000_000)),
    ],
)
def test_what_holds_too_much_is_refused_with_the_way_out(tmp_path, file, made):
    (tmp_path / file).write_bytes(made())
    with pytest.raises(DataError, match=r"--any-size.*any_size=True"):
        read_table(tmp_path / file)


def test_any_size_lifts_the_limit(tmp_path):
    (tmp_path / "t.parquet").write_bytes(constants(6_000_000))
    assert read_table(tmp_path / "t.parquet", any_size=True).shape == (6_000_000, 2)


def test_a_stream_of_several_frames_is_read_whole(tmp_path):
    two = gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n")
    (tmp_path / "t.csv.gz").write_bytes(two)
    assert read_table(tmp_path / "t.csv.gz").rows() == [("1", "x"), ("2", "y")]
