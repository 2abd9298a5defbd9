"""A tiny competition, a finished run of it, and the command line as a function."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.cli import output
from kit.cli.main import main
from tests.tiny import make_tiny

# Two folds and a fit on all rows: three fits of a linear model, a fraction of a second.
LINEAR = """\
extends: competition.yaml
target: {kind: svd, params: {n_components: 4}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  ridge: {kind: ridge, features: [profile, cell], params: {penalty: 10.0}}
"""


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


Kit = Callable[..., Result]


@dataclass(frozen=True)
class Finished:
    """A finished run, and what the command said."""

    run: Path
    submission: Path
    result: Result


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("KIT_DATA", raising=False)
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The competition's folder; tests that write do so elsewhere."""
    folder = make_tiny(tmp_path_factory.mktemp("competition")).folder
    (folder / "linear.yaml").write_text(LINEAR)
    text = (folder / "competition.yaml").read_text()
    (folder / "competition.yaml").write_text(re.sub("default_recipe: .*", "default_recipe: linear.yaml", text))
    (folder / "homeless.yaml").write_text(re.sub("default_recipe: .*", "", text))
    return folder


@pytest.fixture(scope="session")
def kit() -> Kit:
    """Run a command in this process."""
    return call


@pytest.fixture(scope="session")
def finished(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run of the linear recipe, on one worker."""
    out = tmp_path_factory.mktemp("finished")
    result = call("train", tiny / "linear.yaml", "--out", out, "--jobs", "1")
    assert result.code == 0, result.err
    (run,) = (out / "tiny" / "runs").glob("linear-*")
    (submission,) = (out / "tiny").glob("*.csv")
    return Finished(run, submission, result)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the commands of this test believe that standard output is a terminal of so many columns."""

    def set_width(width: int) -> None:
        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "").startswith("kit.cli.") and hasattr(module, "terminal_width"):
                monkeypatch.setattr(module, "terminal_width", lambda: width)
        assert output.terminal_width() == width

    return set_width


def call(*arguments: str | Path) -> Result:
    """Run a command in this process; what `main` sets for a process of its own is set back."""
    out, err = io.StringIO(), io.StringIO()
    handler, environment = signal.getsignal(signal.SIGTERM), dict(os.environ)
    try:
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            patch.setattr(sys, "argv", ["kit", *map(str, arguments)])
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as exit_:
                main()
    finally:
        signal.signal(signal.SIGTERM, handler)
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
    assert isinstance(exit_.value.code, int)
    return Result(exit_.value.code, out.getvalue(), err.getvalue())


def kit_process(*arguments: str | Path, **environment: str) -> Result:
    """Run a command in a process of its own."""
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, **environment},
    )
    return Result(done.returncode, done.stdout, done.stderr)


def command(*arguments: str | Path) -> list[str]:
    """Return the command line that runs the kit with this interpreter."""
    return [sys.executable, "-m", "kit.cli.main", *map(str, arguments)]


def is_wrong_input(result: Result) -> bool:
    """Whether a command refused its input as it should: exit code 2, one message on standard error, no traceback."""
    return (
        result.code == 2
        and result.err.startswith("error: ")
        and result.err.count("error: ") == 1
        and "Traceback" not in result.err
    )
