"""Where platforms differ about files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_agent.stores import platform_file

MOUNTS = """\
22 28 0:20 / /proc rw,nosuid shared:12 - proc proc rw
28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
91 28 0:52 / /home/ada rw,relatime shared:50 master:1 - nfs4 filer:/home rw,vers=4.2
"""


@pytest.mark.skipif(sys.platform == "win32", reason="reads Linux's list of mounts")
@pytest.mark.parametrize(("device", "kind"), [((254, 0), "ext4"), ((0, 52), "nfs4"), ((0, 20), "proc"), ((9, 9), None)])
def test_the_kind_of_a_file_system_is_found_by_its_device(device: tuple[int, int], kind: str | None) -> None:
    assert platform_file._kind_of_mount(MOUNTS, os.makedev(*device)) == kind


def test_a_directory_for_tests_is_not_on_a_network(tmp_path: Path) -> None:
    assert platform_file.network_file_system(tmp_path) is None
    assert platform_file.network_file_system(tmp_path / "missing") is None


def test_a_lock_belongs_to_one_opening_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    platform_file.make_private_file(path)
    one, other = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    assert platform_file.try_lock(one, exclusive=True)
    assert not platform_file.try_lock(other, exclusive=True)
    assert not platform_file.try_lock(other, exclusive=False)
    os.close(one)
    assert platform_file.try_lock(other, exclusive=True)
    os.close(other)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_what_is_missing_above_a_private_directory_is_private_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    platform_file.make_private_directory(tmp_path / "data" / "agent" / "instances")
    platform_file.make_private_directory(tmp_path / "data" / "agent" / "instances")
    made = [tmp_path / "data", tmp_path / "data" / "agent", tmp_path / "data" / "agent" / "instances"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * 3
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_way_of_a_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for path in tmp_path / "file", tmp_path / "file" / "agent":
        with pytest.raises(OSError, match="file"):
            platform_file.make_private_directory(path)
