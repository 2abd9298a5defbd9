"""A PostgreSQL server of the tests' own: in a folder of its own, on a free port, with a password."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

USER, PASSWORD = "kit", "g@h:e/i{0}m%"
"""A password whose characters mean something in a URL, a template, and a format string."""

SETTINGS = {"listen_addresses": "127.0.0.1", "fsync": "off", "max_connections": "200", "shared_buffers": "16MB"}


def programs() -> Path | None:
    """The folder of the newest server that is installed, None where there is none; Debian's is not in the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Server:
    """A server that can be stopped and started.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._databases = 0
        password = folder / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:  # whom initdb refuses
            for path in (folder, password):
                shutil.chown(path, "postgres")
        form = ["-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", "-D", str(folder / "data"), "-U", USER, "--pwfile", str(password), *form)

    def start(self) -> None:
        settings = SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self._folder)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._control("-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop as a crash does: connections are cut, nothing is tidied up."""
        self._control("-m", "immediate", "stop")

    def url(self, database: str, password: str = PASSWORD, user: str = USER) -> str:
        return f"postgresql+psycopg://{user}:{quote(password, safe='{}')}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Return the URL of a database with nothing in it."""
        self._databases += 1
        self.ask(f"CREATE DATABASE study{self._databases}")
        return self.url(f"study{self._databases}")

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Return the rows of a statement's answer."""
        import psycopg

        # In words: a URL of the kit's names SQLAlchemy's driver.
        words = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD, "dbname": database}
        with psycopg.connect(**words, autocommit=True) as connection:  # type: ignore[arg-type]
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        words = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            words = ["runuser", "-u", "postgres", "--", *words]
        # What a server inherits of pipes would keep them open.
        log = self._folder.with_name(f"{self._folder.name}.out")
        with log.open("ab") as out:
            ended = subprocess.run(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/", check=False)
        said = log.read_text(errors="replace")
        if ended.returncode:
            own = self._folder / "log"
            raise RuntimeError(f"{program} failed: {said[-2000:]}{own.read_text()[-2000:] if own.exists() else ''}")


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    """A server while the block runs."""
    # Not below pytest's own folders, into which no other user may look.
    folder = Path(tempfile.mkdtemp(prefix="kit-postgresql-"))
    try:
        found = Server(programs, folder)
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.out").unlink(missing_ok=True)
