"""A file arrives whole and right, or not at all, whatever the server does."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import numpy as np
import pytest

from kit.errors import DiskError, RunError
from kit.fetching.download import download
from tests.fetching.server import Server

CONTENT = np.random.default_rng(0).bytes(1_500_000)
MD5, SHA256 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def url(server: Server) -> str:
    server.files["/table.bin"] = CONTENT
    return f"{server.address}/table.bin"


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited between attempts."""
    seconds: list[float] = []
    monkeypatch.setattr("time.sleep", seconds.append)
    return seconds


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives(url: str, tmp_path: Path) -> None:
    arrived = download(url, tmp_path / "new" / "table.bin")
    assert (tmp_path / "new" / "table.bin").read_bytes() == CONTENT
    assert (arrived.sha256, arrived.checked) == (SHA256, "its size alone")
    assert left(tmp_path / "new") == ["table.bin"]


@pytest.mark.parametrize("etag", ["version", "weak", ""])
def test_a_cut_connection_is_taken_up(server: Server, url: str, tmp_path: Path, waited: list[float], etag: str) -> None:
    server.cuts, server.etag = [400_000, 0, 300_000], etag
    download(url, tmp_path / "table.bin", md5=MD5)
    assert (tmp_path / "table.bin").read_bytes() == CONTENT
    assert server.asked == [None, "bytes=400000-", "bytes=400000-", "bytes=700000-"]
    assert len(waited) == 3
    assert left(tmp_path) == ["table.bin"]


def test_a_server_that_sends_no_parts_begins_anew(server: Server, url: str, tmp_path: Path) -> None:
    server.cuts, server.ranges = [400_000], False
    download(url, tmp_path / "table.bin", md5=MD5)
    assert (tmp_path / "table.bin").read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_what_was_given_up_goes_on_in_another_call(server: Server, url: str, tmp_path: Path) -> None:
    server.cuts = [400_000, *[0] * 5]
    with pytest.raises(RunError, match=r"broke off; 400000 bytes of 1500000 are in .*table\.bin\.part"):
        download(url, tmp_path / "table.bin")
    assert left(tmp_path) == ["table.bin.part", "table.bin.part.json"]
    server.asked.clear()
    assert download(url, tmp_path / "table.bin").sha256 == SHA256
    assert server.asked == ["bytes=400000-"]


def test_a_file_that_changed_in_between_is_fetched_anew(server: Server, url: str, tmp_path: Path) -> None:
    server.cuts = [400_000, *[0] * 5]
    with pytest.raises(RunError):
        download(url, tmp_path / "table.bin")
    server.files["/table.bin"] = CONTENT[::-1]
    download(url, tmp_path / "table.bin")
    assert (tmp_path / "table.bin").read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("size", [1_500_000, 2_000_000])
def test_a_part_of_the_whole_size_or_more(url: str, tmp_path: Path, size: int) -> None:
    (tmp_path / "table.bin.part").write_bytes((CONTENT * 2)[:size])
    download(url, tmp_path / "table.bin", md5=MD5)
    assert (tmp_path / "table.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("md5", "etag", "checked"),
    [("right", "", "the server's MD5"), ("", "md5", "the server's MD5"), ("", "version", "its size alone")],
)
def test_what_it_is_checked_against(
    server: Server, url: str, tmp_path: Path, md5: str, etag: str, checked: str
) -> None:
    server.md5, server.etag = md5, etag
    assert download(url, tmp_path / "table.bin", etag_is_md5=True).checked == checked
    assert download(url, tmp_path / "again.bin", md5=MD5).checked == "the publisher's MD5"


def test_wrong_content_is_set_aside(server: Server, url: str, tmp_path: Path) -> None:
    server.md5 = "wrong"
    with pytest.raises(RunError, match=rf"MD5 {MD5}, expected {(b'0' * 16).hex()}\); it was set aside as"):
        download(url, tmp_path / "table.bin")
    assert left(tmp_path) == ["table.bin.wrong"]
    with pytest.raises(RunError, match="expected feed"):
        download(url, tmp_path / "table.bin", md5="feed")
    server.md5 = ""
    download(url, tmp_path / "table.bin", md5=MD5)
    assert (tmp_path / "table.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "said"), [(404, r"refuses it \(404"), (403, r"refuses it \(403"), (503, "503")])
def test_refusals(server: Server, url: str, tmp_path: Path, waited: list[float], status: int, said: str) -> None:
    server.status = status
    with pytest.raises(RunError, match=said):
        download(url, tmp_path / "table.bin")
    assert len(waited) == (4 if status == 503 else 0)  # only what may be better later is tried again
    assert left(tmp_path) == []


def test_no_network(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with pytest.raises(RunError, match=r"cannot be reached \(.*refused"):
            download(f"http://127.0.0.1:{taken.getsockname()[1]}/x", tmp_path / "x")


def test_a_disk_that_cannot_be_written(url: str, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("")
    with pytest.raises(DiskError, match="cannot write"):
        download(url, tmp_path / "folder" / "table.bin")
