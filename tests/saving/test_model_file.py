"""The container of the `.shoal` format: what it accepts comes back the same, the rest is refused."""

import copy
import hashlib
import json
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
import safetensors.numpy

from shoal.base.errors import FileError, ModelFileError
from shoal.saving import _document as model_file


def a_document(n=(2, 3, 1), dtype="float64"):
    return {
        "format": "shoal",
        "format_version": 1,
        "estimator": "MLPClassifier",
        "parameters": {"alpha": 1e-4, "hidden_layer_sizes": [3], "说明": 'é\u0001"\\'},
        "network": {
            "n": list(n),
            "activations": ["tanh"] * (len(n) - 2),
            "output": "sigmoid",
        },
        "dtype": dtype,
        "classes": {"dtype": "str", "values": ["yes", "否"]},
        "features": {"count": n[0], "names": [f"x{i}" for i in range(n[0])]},
        "training": {"cost": [0.1, 1 / 3, 5e-324]},
        "table": None,
        "versions": {"shoal": "0.1.0"},
    }


def some_arrays(n=(2, 3, 1), dtype="float64"):
    random = np.random.default_rng(7)
    arrays = {}
    for layer in range(1, len(n)):
        arrays[f"W{layer}"] = random.standard_normal((n[layer], n[layer - 1])).astype(dtype)
        arrays[f"b{layer}"] = random.standard_normal((n[layer], 1)).astype(dtype)
    return arrays


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.shoal"
    model_file.write(path, a_document(), some_arrays())
    return path


def by_hand(path, document, arrays, stated=None, digest=None):
    """A file with a right digest around any contents, as an attacker would make it."""

    def made(digest):
        outer = stated or {"document": document, "sha256": digest}
        inner = json.dumps(outer, ensure_ascii=False, separators=(",", ":"))
        header, data = {"__metadata__": {"shoal": inner}}, b""
        for name, array in arrays.items():
            code = {"float64": "F64", "float32": "F32", "int64": "I64"}[array.dtype.name]
            span = [len(data), len(data) + array.nbytes]
            header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": span}
            data += array.tobytes()
        encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
        encoded += b" " * (-len(encoded) % 8)
        return struct.pack("<Q", len(encoded)) + encoded + data

    path.write_bytes(made(digest or hashlib.sha256(made("0" * 64)).hexdigest()))
    return path


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [(1, 1), (2, 3, 1), (4, 3, 5, 2), (2,) * 12])
def test_what_was_written_is_read_again(tmp_path, n, dtype):
    path, document, arrays = tmp_path / "m.shoal", a_document(n, dtype), some_arrays(n, dtype)
    model_file.write(path, document, arrays)
    again, weights = model_file.read(path)
    assert again == document
    assert set(weights) == set(arrays)
    for name, array in arrays.items():
        assert weights[name].dtype == array.dtype
        np.testing.assert_array_equal(weights[name], array)
        assert weights[name].flags.writeable


def test_any_safetensors_reader_opens_it(saved):
    for name, array in safetensors.numpy.load_file(saved).items():
        np.testing.assert_array_equal(array, some_arrays()[name])
    with safetensors.safe_open(saved, framework="np") as opened:
        metadata = opened.metadata()
    assert list(metadata) == ["shoal"]
    assert json.loads(metadata["shoal"])["document"] == a_document()


def test_the_digest_is_that_of_the_file_with_zeros_in_its_place(saved):
    content = saved.read_bytes()
    with safetensors.safe_open(saved, framework="np") as opened:
        digest = json.loads(opened.metadata()["shoal"])["sha256"]
    assert content.count(digest.encode()) == 1
    blank = content.replace(digest.encode(), b"0" * 64)
    assert hashlib.sha256(blank).hexdigest() == digest


def test_the_same_model_gives_the_same_bytes_in_whatever_order_it_is_given(tmp_path, saved):
    document = dict(reversed(a_document().items()))
    arrays = dict(reversed(some_arrays().items()))
    arrays = {name: np.asfortranarray(array) for name, array in arrays.items()}
    arrays["b1"] = arrays["b1"].astype(">f8")
    model_file.write(tmp_path / "other.shoal", document, arrays)
    assert (tmp_path / "other.shoal").read_bytes() == saved.read_bytes()


def test_64_zeros_in_the_document_do_no_harm(tmp_path):
    document = a_document()
    document["estimator"] = "0" * 64
    model_file.write(tmp_path / "m.shoal", document, some_arrays())
    assert model_file.read(tmp_path / "m.shoal")[0] == document


def test_a_file_cut_off_anywhere_is_refused(saved, tmp_path):
    content, path = saved.read_bytes(), tmp_path / "cut.shoal"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ModelFileError) as caught:
            model_file.read(path)
        if length > 8:
            assert caught.value.key == "files.model_cut"


def test_a_file_with_any_byte_changed_is_refused(saved, tmp_path):
    content, path = saved.read_bytes(), tmp_path / "changed.shoal"
    for place in range(len(content)):
        for flip in (1, 0x20, 0x80):
            changed = bytearray(content)
            changed[place] ^= flip
            path.write_bytes(changed)
            with pytest.raises(ModelFileError):
                model_file.read(path)


def test_bytes_after_the_end_are_refused(saved):
    saved.write_bytes(saved.read_bytes() + b"\0")
    with pytest.raises(ModelFileError, match="changed or damaged"):
        model_file.read(saved)


def a_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello " * 20)


OTHERS = {
    "a pickle": lambda path: path.write_bytes(pickle.dumps(a_document())),
    "JSON": lambda path: path.write_text(json.dumps(a_document())),
    "a table": lambda path: path.write_text("a,b\n1,2\n" * 9),
    "a zip": a_zip,
    "five bytes": lambda path: path.write_bytes(b"hello"),
    "zeros": lambda path: path.write_bytes(bytes(1000)),
    "weights of another program": lambda path: safetensors.numpy.save_file(some_arrays(), path),
    "a huge header": lambda path: path.write_bytes(b"\xff" * 7 + b"\x7f" + b"{" * 100),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_no_model_is_called_so(tmp_path, name):
    OTHERS[name](tmp_path / "other")
    with pytest.raises(ModelFileError, match="is not a shoal model"):
        model_file.read(tmp_path / "other")


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(ModelFileError, match="empty file"):
        model_file.read(tmp_path / "empty")


def test_a_header_longer_than_the_file_is_refused_before_it_is_read(tmp_path):
    content = struct.pack("<Q", 2**62) + b'{"__metadata__":{"shoal":"{}"}}'
    (tmp_path / "m.shoal").write_bytes(content)
    with pytest.raises(ModelFileError, match="cut off"):
        model_file.read(tmp_path / "m.shoal")


# --- hostile contents in a sound container ---------------------------------------------------------


def test_the_forger_of_these_tests_makes_files_that_are_accepted(saved, tmp_path):
    document, arrays = model_file.read(saved)
    document = json.loads(json.dumps(document, sort_keys=True))
    arrays = {name: arrays[name] for name in sorted(arrays)}
    assert by_hand(tmp_path / "x", document, arrays).read_bytes() == saved.read_bytes()


def changed(key, value):
    document = copy.deepcopy(a_document())
    *folders, last = key.split(".")
    place = document
    for folder in folders:
        place = place[folder]
    place[last] = value
    return document


WRONG = [
    ("format", "boat"),
    ("format", None),
    ("format_version", 0),
    ("format_version", True),
    ("format_version", "1"),
    ("estimator", 3),
    ("parameters", []),
    ("network", None),
    ("network.n", [2]),
    ("network.n", [2, 0, 1]),
    ("network.n", [2, -3, 1]),
    ("network.n", [2, 3.0, 1]),
    ("network.n", [2, True, 1]),
    ("network.n", [2, 10**20, 1]),
    ("network.n", [2] * 2000),
    ("network.activations", []),
    ("network.activations", ["tanh", "tanh"]),
    ("network.activations", [1]),
    ("network.output", None),
    ("dtype", "float16"),
    ("dtype", []),
    ("classes", []),
    ("classes.dtype", "datetime64"),
    ("classes", {"dtype": "int8", "values": [1, 128]}),
    ("classes", {"dtype": "uint64", "values": [1, -1]}),
    ("classes", {"dtype": "int64", "values": [1, 2**63]}),
    ("classes", {"dtype": "float16", "values": [1.0, 1e300]}),
    ("classes", {"dtype": "float32", "values": [0.1, 0.2]}),
    ("classes", {"dtype": "bool", "values": [0, 1]}),
    ("classes", {"dtype": "object", "values": [0, 1]}),
    ("classes", {"dtype": "str", "values": ["a", "a\0"]}),
    ("classes.values", []),
    ("classes.values", ["a", "a"]),
    ("classes.values", [1, 2]),
    ("classes.values", [["a"], ["b"]]),
    ("features.count", 3),
    ("features.names", ["only one"]),
    ("features.names", [1, 2]),
    ("training", None),
    ("table", "x"),
    ("versions.shoal", 1),
]


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_key_with_a_wrong_value_is_named(tmp_path, key, value):
    document = changed(key, value)
    with pytest.raises(ModelFileError) as caught:
        model_file.write(tmp_path / "m.shoal", document, some_arrays())
    assert f"`{key.removesuffix('.shoal')}" in str(caught.value)
    with pytest.raises(ModelFileError) as caught:
        model_file.read(by_hand(tmp_path / "hostile.shoal", document, some_arrays()))
    assert f"`{key.removesuffix('.shoal')}" in str(caught.value)
    assert len(str(caught.value)) < 400
    assert not (tmp_path / "m.shoal").exists()


@pytest.mark.parametrize("key", ["evil", "network.evil", "classes.evil", "features.evil"])
def test_an_unknown_key_is_named(tmp_path, key):
    with pytest.raises(ModelFileError, match=f"`{key}` does not belong"):
        model_file.read(by_hand(tmp_path / "m", changed(key, 1), some_arrays()))


@pytest.mark.parametrize("key", ["table", "estimator", "network.n", "classes.dtype"])
def test_a_missing_key_is_named(tmp_path, key):
    document = changed(key, 1)
    folder, _, last = key.rpartition(".")
    del (document[folder] if folder else document)[last]
    with pytest.raises(ModelFileError, match=f"`{key}` is missing"):
        model_file.read(by_hand(tmp_path / "m", document, some_arrays()))


@pytest.mark.parametrize("document", [None, [], "text", 1, True])
def test_a_document_that_is_no_object_is_refused(tmp_path, document):
    with pytest.raises(ModelFileError, match="`document`"):
        model_file.read(by_hand(tmp_path / "m", document, some_arrays()))


def test_a_newer_format_asks_for_an_upgrade(tmp_path):
    document = {"format": "shoal", "format_version": 1000, "something": "else"}
    with pytest.raises(ModelFileError, match=r"newer shoal.*upgrade"):
        model_file.read(by_hand(tmp_path / "m", document, some_arrays()))


def test_a_damaged_version_number_is_damage_and_not_an_upgrade(saved):
    content = saved.read_bytes().replace(b'format_version\\":1', b'format_version\\":7')
    saved.write_bytes(content)
    with pytest.raises(ModelFileError, match="changed or damaged"):
        model_file.read(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.pop("b1"),
        lambda arrays: arrays.update(extra=np.zeros((1, 1))),
        lambda arrays: arrays.update(W1=arrays["W1"].T.copy()),
        lambda arrays: arrays.update(b1=arrays["b1"].ravel()),
        lambda arrays: arrays.update(W2=arrays["W2"].astype("float32")),
        lambda arrays: arrays.update(W2=np.ones((1, 3), "int64")),
        lambda arrays: arrays.update(W2=np.array([[1.0, np.nan, 1.0]])),
        lambda arrays: arrays.update(W2=np.array([[1.0, -np.inf, 1.0]])),
    ],
    ids=["missing", "extra", "transposed", "flat", "float32", "integers", "NaN", "infinite"],
)
def test_arrays_that_are_not_the_network_are_refused(tmp_path, change):
    arrays = some_arrays()
    change(arrays)
    with pytest.raises(ModelFileError):
        model_file.write(tmp_path / "m.shoal", a_document(), arrays)
    assert list(tmp_path.iterdir()) == []
    arrays = {name: arrays[name] for name in sorted(arrays)}
    with pytest.raises(ModelFileError):
        model_file.read(by_hand(tmp_path / "hostile.shoal", a_document(), arrays))


def test_a_network_too_large_for_the_file_is_refused_without_making_room_for_it(tmp_path):
    document = a_document((2, 2**31 - 1, 1))
    with pytest.raises(ModelFileError, match="bytes of weights"):
        model_file.read(by_hand(tmp_path / "m", document, some_arrays()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"estimator":', '"estimator":"x","estimator":'),
        ('"alpha":0.0001', '"alpha":NaN'),
        ('"alpha":0.0001', '"alpha":1e999'),
        ('"alpha":0.0001', '"alpha": 0.0001'),
        ('"alpha":0.0001', '"alpha":1e-4'),
        ('"alpha":0.0001', '"alpha":' + "[" * 100_000 + "]" * 100_000),
        ('"alpha":0.0001', '"alpha":' + "1" * 5000),
        ('"alpha":0.0001', '"alpha":"\\ud800"'),
        ("否", "\\u5426"),
        ('"sha256":', '"evil":1,"sha256":'),
    ],
)
def test_any_other_way_to_write_the_same_is_refused(saved, old, new):
    content = saved.read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:end])
    inner = header["__metadata__"]["shoal"]
    assert old in inner
    digest = json.loads(inner)["sha256"]

    def made(digest_):
        header["__metadata__"]["shoal"] = inner.replace(old, new).replace(digest, digest_)
        encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
        encoded += b" " * (-len(encoded) % 8)
        return struct.pack("<Q", len(encoded)) + encoded + content[end:]

    saved.write_bytes(made(hashlib.sha256(made("0" * 64)).hexdigest()))
    with pytest.raises(ModelFileError):
        model_file.read(saved)


def test_padding_inside_the_header_is_refused_even_with_a_right_digest(saved):
    content = saved.read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    digest = json.loads(json.loads(content[8:end])["__metadata__"]["shoal"])["sha256"].encode()
    padded = struct.pack("<Q", end) + content[8:end] + b" " * 8 + content[end:]
    fresh = hashlib.sha256(padded.replace(digest, b"0" * 64)).hexdigest().encode()
    saved.write_bytes(padded.replace(digest, fresh))
    with pytest.raises(ModelFileError, match="was not written by shoal"):
        model_file.read(saved)


# --- what cannot be saved --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), (1, 2), {1: 2}, {"a": {1}}, object(), "\ud800", b"x"],
    ids=lambda value: ascii(value).split(" at ")[0],
)
def test_a_value_that_json_would_change_is_refused(tmp_path, value):
    with pytest.raises(ModelFileError, match="JSON"):
        model_file.write(tmp_path / "m.shoal", changed("parameters.x", value), some_arrays())
    assert list(tmp_path.iterdir()) == []


# --- the file system -------------------------------------------------------------------------------


def test_a_failed_write_leaves_the_old_file_and_nothing_else(saved, monkeypatch):
    before = saved.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left on device"):
        model_file.write(saved, a_document(), some_arrays())
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_writing_into_a_folder_that_does_not_exist_says_so(tmp_path):
    with pytest.raises(FileError, match="No such file or directory"):
        model_file.write(tmp_path / "no" / "m.shoal", a_document(), some_arrays())


def test_reading_what_is_not_there_says_so(tmp_path):
    with pytest.raises(FileError, match="there is no file"):
        model_file.read(tmp_path / "no.shoal")


def test_reading_a_folder_says_so(tmp_path):
    with pytest.raises(FileError, match="is a folder"):
        model_file.read(tmp_path)


def test_a_file_without_permission_gives_the_reason(saved, monkeypatch):
    def refuse(*_args, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(FileError, match="Permission denied"):
        model_file.read(saved)
