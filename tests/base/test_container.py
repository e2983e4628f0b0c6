"""The container guards bytes of any meaning; for those of models see saving/test_model_file.py."""

import hashlib
import json
import struct

import numpy as np
import pytest
import safetensors.numpy

from shoal.base import container
from shoal.base.container import ContainerError

DOCUMENT = {"epoch": 7, "名": [1.5, None, "x"]}
ARRAYS = {
    "theta": np.arange(6, dtype=np.float32).reshape(2, 3),
    "slots": np.linspace(0, 1, 4),
    "none": np.zeros((0, 3)),
    "one": np.array(2.5),
}
LAYOUT = {name: (array.dtype.name, array.shape) for name, array in ARRAYS.items()}


@pytest.fixture
def path(tmp_path):
    container.write(tmp_path / "c", DOCUMENT, ARRAYS)
    return tmp_path / "c"


def problem(call, *arguments):
    with pytest.raises(ContainerError) as caught:
        call(*arguments)
    return caught.value.problem


def test_any_document_and_arrays_of_both_precisions_come_back(path):
    sealed = container.unseal(path)
    assert sealed.document == DOCUMENT
    arrays = sealed.arrays(LAYOUT)
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array, strict=True)
    loaded = safetensors.numpy.load_file(path)
    assert {name: array.dtype for name, array in loaded.items()} == {n: a.dtype for n, a in ARRAYS.items()}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"more": ("float64", (1,))}, "bytes"),
        ({"slots": ("float64", (2**60, 2**60))}, "bytes"),
        ({"theta": ("float64", (3,))}, "not_canonical"),  # as many bytes, but another dtype
        ({"theta": ("float32", (3, 2))}, "not_canonical"),
        ({"none": ("float64", (3, 0))}, "not_canonical"),
    ],
)
def test_arrays_of_another_layout_than_the_caller_expects_are_refused(path, change, expected):
    assert problem(container.unseal(path).arrays, LAYOUT | change) == expected


def test_an_array_that_nobody_asks_for_is_refused(path):
    without = {name: kind for name, kind in LAYOUT.items() if name != "none"}  # it has no bytes
    assert problem(container.unseal(path).arrays, without) == "not_canonical"


def test_each_damage_has_its_name(path):
    content = path.read_bytes()
    for damaged, name in [
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(100), "not_one"),
        (content[:20], "cut"),
        (content[:-1], "cut"),
        (content[:-1] + b"\x01", "changed"),
        (content + b"\0", "changed"),
    ]:
        path.write_bytes(damaged)
        assert problem(container.unseal, path) == name


def test_a_right_digest_around_another_layout_is_not_enough(path):
    content = path.read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    digest = json.loads(json.loads(content[8:end])["__metadata__"]["shoal"])["sha256"].encode()
    padded = struct.pack("<Q", end) + content[8:end] + b" " * 8 + content[end:]
    fresh = hashlib.sha256(padded.replace(digest, b"0" * 64)).hexdigest().encode()
    path.write_bytes(padded.replace(digest, fresh))
    assert problem(container.unseal(path).arrays, LAYOUT) == "not_canonical"


@pytest.mark.parametrize(
    "value", [float("nan"), (1, 2), {1: 2}, "\ud800", object()], ids=lambda value: type(value).__name__
)
def test_a_document_that_json_would_change_is_not_written(tmp_path, value):
    assert problem(container.write, tmp_path / "c", {"x": value}, {}) == "not_json"
    assert list(tmp_path.iterdir()) == []
