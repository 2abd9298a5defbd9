"""A server of files that behaves as badly as it is told to."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """What is served and how.

    Attributes:
        files: Content by path.
        cuts: So many bytes are sent of the first answer, of the second, …; then whole answers.
        ranges: Whether parts can be asked for.
        md5: Whether Content-MD5 is sent: right, wrong or none.
        etag: ``md5`` as object stores have it, ``version`` (changes with the content), ``weak`` or none.
        status: What every request is answered with, if not with content.
        address: Where it is.
        asked: The Range of every request for content, None where all was asked for.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    md5: str = ""
    etag: str = "version"
    status: int = 200
    address: str = ""
    asked: list[str | None] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port of this machine until the block ends."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            server.asked.append(wanted)
            content = server.files.get(self.path)
            if server.status != 200 or content is None:
                self.send_response(server.status if server.status != 200 else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            md5 = hashlib.md5(content)
            etag = {"md5": f'"{md5.hexdigest()}"', "version": f'"v-{md5.hexdigest()}"', "weak": 'W/"v"'}.get(
                server.etag
            )
            part = re.fullmatch(r"bytes=(\d+)-", wanted or "")
            condition = self.headers.get("If-Range")
            partly = server.ranges and part is not None and condition in (None, etag)
            start = int(part[1]) if partly and part is not None else 0
            if partly and start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if partly else 200)
            if partly:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            if etag:
                self.send_header("ETag", etag)
            if server.md5:
                right = md5.digest() if server.md5 == "right" else b"0" * 16
                self.send_header("Content-MD5", base64.b64encode(right).decode())
            self.end_headers()
            end = start + server.cuts.pop(0) if server.cuts else len(content)
            self.wfile.write(content[start:end])
            self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
