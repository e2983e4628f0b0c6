"""Files are replaced whole or not at all."""

import errno
import os
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shoal.base.errors import FileError
from shoal.base.files import read_bytes, reading, replacing


def write(path, content):
    with replacing(path) as stream:
        stream.write(content)


def entries(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_holds_what_was_written(tmp_path):
    write(tmp_path / "new", b"content")
    assert (tmp_path / "new").read_bytes() == b"content"
    assert entries(tmp_path) == ["new"]


def test_the_old_contents_stay_until_the_block_ends(tmp_path):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with replacing(target) as stream:
        stream.write(b"new")
        stream.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert entries(tmp_path) == ["file"]


def write_half_and_raise(target, error):
    with replacing(target) as stream:
        stream.write(b"half of the n")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_an_exception_leaves_the_old_contents_and_no_trace(tmp_path, error):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with pytest.raises(error):
        write_half_and_raise(target, error)
    assert target.read_bytes() == b"old"
    assert entries(tmp_path) == ["file"]


def test_an_exception_leaves_no_new_file_either(tmp_path):
    with pytest.raises(ValueError, match="stop"), replacing(tmp_path / "file"):
        raise ValueError("stop")
    assert entries(tmp_path) == []


def test_a_full_disk_is_an_error_that_names_the_path_and_loses_nothing(tmp_path):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with pytest.raises(FileError, match="No space left on device") as caught, replacing(target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(target) in str(caught.value)
    assert target.read_bytes() == b"old"
    assert entries(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["chmod", "replace"])
def test_a_failure_at_the_last_moment_loses_nothing(tmp_path, monkeypatch, step):
    def refuse(self, *arguments):
        raise PermissionError(errno.EACCES, "refused")

    target = tmp_path / "file"
    target.write_bytes(b"old")
    monkeypatch.setattr(Path, step, refuse)
    with pytest.raises(FileError, match="refused"):
        write(target, b"new")
    assert target.read_bytes() == b"old"
    assert entries(tmp_path) == ["file"]


def test_the_file_reaches_the_disk_before_its_name_does_and_the_name_after(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, Path.replace

    def seen_fsync(handle):
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def seen_replace(self, target):
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(Path, "replace", seen_replace)
    write(tmp_path / "file", b"new")
    assert steps == ["file", "rename", "folder"]


def test_a_missing_folder_is_an_error_that_names_the_path(tmp_path):
    with pytest.raises(FileError, match="No such file or directory") as caught:
        write(tmp_path / "missing" / "{name}", b"")
    assert str(tmp_path / "missing" / "{name}") in str(caught.value)


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match="Is a directory"):
        write(tmp_path / "folder", b"")
    assert entries(tmp_path) == ["folder"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_permissions_are_kept(tmp_path, mode):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    target.chmod(mode)
    write(target, b"new")
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_new_file_has_the_permissions_that_any_new_file_gets(tmp_path):
    for mask in (0o022, 0o077):
        before = os.umask(mask)
        try:
            write(tmp_path / f"{mask}", b"")
            (tmp_path / f"{mask} plain").write_bytes(b"")
        finally:
            os.umask(before)
        ours, plain = (tmp_path / f"{mask}{word}" for word in ("", " plain"))
        assert ours.stat().st_mode == plain.stat().st_mode


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "store").mkdir()
    target = tmp_path / "store" / "file"
    target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert entries(tmp_path / "store") == ["file"]


def test_a_link_to_nothing_gets_a_target(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["模" * 84, "x" * 255, "with {braces} and % signs", ".hidden"])
def test_any_name_that_the_file_system_takes_will_do(tmp_path, name):
    write(tmp_path / name, b"content")
    assert entries(tmp_path) == [name]


def test_a_name_without_a_folder_is_in_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("file", b"content")
    assert entries(tmp_path) == ["file"]


def test_of_two_writers_the_last_one_wins_and_neither_is_mixed(tmp_path):
    with replacing(tmp_path / "file") as first:
        first.write(b"first" * 1000)
        write(tmp_path / "file", b"second")
        assert (tmp_path / "file").read_bytes() == b"second"
    assert (tmp_path / "file").read_bytes() == b"first" * 1000
    assert entries(tmp_path) == ["file"]


def test_a_writer_that_keeps_what_exists_leaves_a_file_that_came_to_be_meanwhile(tmp_path):
    with replacing(tmp_path / "file", keep_existing=True) as late:
        late.write(b"late")
        with replacing(tmp_path / "file", keep_existing=True) as early:
            early.write(b"early")
    assert (tmp_path / "file").read_bytes() == b"early"
    assert entries(tmp_path) == ["file"]


@pytest.mark.parametrize("there", [False, True])
def test_without_hard_links_a_writer_that_keeps_what_exists_does_its_best(tmp_path, monkeypatch, there):
    def refuse(*paths):
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    with replacing(tmp_path / "file", keep_existing=True) as late:
        late.write(b"late")
        if there:
            (tmp_path / "file").write_bytes(b"early")
    assert (tmp_path / "file").read_bytes() == (b"early" if there else b"late")
    assert entries(tmp_path) == ["file"]


def test_an_error_survives_the_way_to_another_process():
    error = FileError("core.cannot_write", path="{a}", reason="none")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert (type(again), str(again), again.values) == (FileError, str(error), error.values)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(pipe.read_bytes)
        with replacing(pipe) as stream:
            stream.write(b"through")
        assert received.result(timeout=1000) == b"through"
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_that_is_full_is_an_error_and_stays_a_device():
    with pytest.raises(FileError, match="No space left"):
        write("/dev/full", b"x")
    assert Path("/dev/full").is_char_device()


def test_a_name_that_nothing_can_have_is_an_error_of_the_file_system(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    for name, reason in (("n" * 300, "too long"), ("loop", "symbolic links")):
        with pytest.raises(FileError, match=reason):
            write(tmp_path / name, b"x")
        with pytest.raises(FileError, match=reason):
            read_bytes(tmp_path / name)
    assert entries(tmp_path) == ["loop"]


def test_what_a_killed_process_left_is_removed_when_it_is_old(tmp_path):
    day = 24 * 60 * 60
    old = [".file.abcdefgh.shoal-part", ".file.abcdefgh", ".other.abcdefgh.shoal-part"]
    for name in [*old, ".file.fresh678.shoal-part"]:
        (tmp_path / name).write_bytes(b"")
    for name in old:
        os.utime(tmp_path / name, (0, (tmp_path / name).stat().st_mtime - 2 * day))
    write(tmp_path / "file", b"x")
    assert entries(tmp_path) == sorted([*old[1:], ".file.fresh678.shoal-part", "file"])


# --------------------------------------------------------------------------- reading


def test_a_file_is_read_whole(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    assert read_bytes(tmp_path / "file") == read_bytes(str(tmp_path / "file")) == b"content"


@pytest.mark.parametrize("name", ["missing", "missing/file", "a\0b"])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(FileError, match="there is no file") as caught:
        read_bytes(tmp_path / name)
    assert str(tmp_path) in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_folder_is_not_read(tmp_path):
    with pytest.raises(FileError, match="is a folder, not a file"):
        read_bytes(tmp_path)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied. Check the permissions"),
        (OSError(errno.EIO, "Input/output error"), "cannot read .*file: Input/output error"),
        (MemoryError(), "does not fit into memory"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_system_refuses_while_a_file_is_read_is_said_with_its_path(tmp_path, error, said):
    (tmp_path / "file").write_bytes(b"content")
    with pytest.raises(FileError, match=said) as caught, reading(tmp_path / "file"):
        raise error
    assert str(tmp_path / "file") in str(caught.value)


def test_an_error_with_a_message_of_its_own_passes_through(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    for error in (FileError("files.no_folder", path="elsewhere"), ValueError("not mine")):
        with pytest.raises(type(error)) as caught, reading(tmp_path / "file"):
            raise error
        assert caught.value is error
