"""One file over HTTP: goes on where it was cut, is checked, and is there as a whole or not at all.

While it is on its way it is ``NAME.part``, beside ``NAME.part.json`` with what the server called that version (its
ETag, or its date): the rest is asked for under the condition that this is still so, else it begins anew.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from kit.errors import RunError
from kit.files import make_folder, sync_file, sync_folder, teaching_os_errors
from kit.version import __version__

_BLOCK = 1 << 18
_TIMEOUT = 30.0
_TRIES = 5
"""Attempts in a row that bring nothing."""
_SAID_SECONDS = 10.0
_CUT = (http.client.HTTPException, OSError)
"""What a network raises; what the disk raises has become another error by then."""


@dataclass(frozen=True)
class Downloaded:
    """A file that arrived whole.

    Attributes:
        sha256: Its digest.
        checked: What it was compared with, in words.
    """

    sha256: str
    checked: str


def download(
    url: str,
    path: Path,
    md5: str | None = None,
    etag_is_md5: bool = False,
    said: Callable[[str], None] = lambda text: None,
) -> Downloaded:
    """Fetch a file, or the rest of it.

    No checksum is known to the kit beforehand. A file is compared with ``md5``, where the publisher's list of files
    has it; else with the MD5 that the server sends (Content-MD5; of object stores the ETag of a file that was uploaded
    in one piece); else its size alone is, and the SHA-256 that is returned is what later copies can be compared with.

    Args:
        url: Where it is.
        path: The file to make.
        md5: Its MD5 in hexadecimal.
        etag_is_md5: Whether the server's ETag is the content's MD5 if it looks like one.
        said: Takes a line of progress, at most every ten seconds.

    Raises:
        RunError: The server cannot be reached or has no such file, the connection breaks again and again (what arrived
            stays, and the same call goes on from there), the content is not what it should be (it is set aside as
            ``NAME.wrong``), or the disk is full.
    """
    part, note = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json")
    with teaching_os_errors(path):
        make_folder(path.parent)
    transfer = _Transfer(url, part, note, said)
    waits = 0
    while not transfer.receive():
        waits = 0 if transfer.progressed else waits + 1
        if waits == _TRIES:
            raise RunError(
                f"{url}: {transfer.reason}; {transfer.size} bytes of {transfer.total or '?'} are in {part}, and the "
                "same command goes on from there"
            )
        time.sleep(2.0 ** (waits - 2))
    sent = transfer.sent_md5(etag_is_md5)
    with teaching_os_errors(path):
        found, sha256 = _digests(part)
    expected = md5 or sent
    if expected not in (None, found):
        wrong = path.with_name(f"{path.name}.wrong")
        with teaching_os_errors(path):
            part.replace(wrong)
            note.unlink(missing_ok=True)
        raise RunError(
            f"{url}: the content is not what it should be (MD5 {found}, expected {expected}); it was set aside as "
            f"{wrong}: run the same again, which fetches it anew"
        )
    with teaching_os_errors(path):
        sync_file(part)
        part.replace(path)
        note.unlink(missing_ok=True)
        sync_folder(path.parent)
    by = "the publisher's MD5" if md5 else "the server's MD5" if sent else "its size alone"
    return Downloaded(sha256, by)


class _Transfer:
    """A file on its way, over one connection after the other."""

    def __init__(self, url: str, part: Path, note: Path, said: Callable[[str], None]) -> None:
        self.url, self.part, self.note, self._said = url, part, note, said
        self.size = part.stat().st_size if part.is_file() else 0
        self.total: int | None = None
        self.progressed = False
        self.reason = ""
        self._headers: Any = {}
        self._next_line = time.monotonic() + _SAID_SECONDS

    def receive(self) -> bool:
        """Receive what one connection brings; return whether the file is whole.

        Raises:
            RunError: The server has no such file, or the disk is full.
        """
        start, self.progressed, self.reason = self.size, False, ""
        try:
            with urlopen(self._request(), timeout=_TIMEOUT) as response:
                self._begin(response)
                start = self.size
                self._append(response)
        except HTTPError as error:
            if error.code == 416:  # nothing is left, or the file is another one now
                return self._is_whole(error)
            if error.code < 500 and error.code != 429:
                raise RunError(f"{self.url}: the server refuses it ({error.code} {error.reason})") from None
            self.reason = f"the server fails ({error.code} {error.reason})"
        except _CUT as error:
            reason = error.reason if isinstance(error, URLError) else error
            self.reason = f"cannot be reached ({reason or type(error).__name__})"
        self.progressed = self.size > start
        if self.progressed or not self.reason:
            self.reason = "the connection broke off"
        return self.total is not None and self.size == self.total

    def sent_md5(self, etag_is_md5: bool) -> str | None:
        """Return the MD5 that the server sent with the file."""
        if text := self._headers.get("Content-MD5"):
            return base64.b64decode(text).hex()
        plain = re.fullmatch('"([0-9a-f]{32})"', self._headers.get("ETag") or "")
        encrypted = self._headers.get("x-amz-server-side-encryption") == "aws:kms"
        return plain[1] if plain and etag_is_md5 and not encrypted else None

    def _request(self) -> Request:
        headers = {"User-Agent": f"kit/{__version__}", "Accept-Encoding": "identity"}
        if self.size:
            version = self._known_version()
            headers |= {"Range": f"bytes={self.size}-"} | ({"If-Range": version} if version else {})
        return Request(self.url, headers=headers)

    def _begin(self, response: Any) -> None:
        """Read what the server says about the file; begin anew where it sends all of it."""
        self._headers = response.headers
        length = response.headers.get("Content-Length")
        place = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range") or "")
        with teaching_os_errors(self.part):
            if response.status != 206 or place is None or int(place[1]) != self.size:
                if response.status == 206:
                    raise http.client.HTTPException("it sends another part than was asked for")
                self.part.write_bytes(b"")
                self.size = 0
                self.total = int(length) if length else None
            else:
                self.total = int(place[2]) if place[2] != "*" else self.size + int(length)
            etag = response.headers.get("ETag") or "W/"
            # A weak one does not promise the same bytes.
            version = response.headers.get("Last-Modified") if etag.startswith("W/") else etag
            self.note.write_text(json.dumps({"url": self.url, "version": version}), encoding="utf-8")

    def _append(self, response: Any) -> None:
        with teaching_os_errors(self.part):
            file = self.part.open("ab")
        with file:
            while block := response.read(_BLOCK):
                with teaching_os_errors(self.part):
                    file.write(block)
                    file.flush()
                self.size += len(block)
                if time.monotonic() > self._next_line:
                    self._next_line += _SAID_SECONDS
                    of = f" of {self.total / 2**20:.0f}" if self.total else ""
                    self._said(f"{self.part.stem}: {self.size / 2**20:.0f}{of} MiB")
        if self.total is None:  # a server that does not say how much there is ends by closing
            self.total = self.size

    def _is_whole(self, error: HTTPError) -> bool:
        place = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range") or "")
        self._headers = error.headers
        self.total = int(place[1]) if place else None
        if self.size == self.total:
            return True
        with teaching_os_errors(self.part):
            self.part.unlink()
        self.size, self.reason = 0, "the file on the server is another one now"
        return False

    def _known_version(self) -> str | None:
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        version = noted.get("version") if isinstance(noted, dict) and noted.get("url") == self.url else None
        return version if isinstance(version, str) else None


def _digests(path: Path) -> tuple[str, str]:
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            md5.update(block)
            sha256.update(block)
    return md5.hexdigest(), sha256.hexdigest()
