"""Exit codes, help, signals, and what an error becomes."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit.errors import ConfigError, InputError, RunError
from kit.version import __version__
from tests.cli.conftest import Kit, Result, command, is_wrong_input, kit_process

COMMANDS = ("init", "train", "score", "check", "config", "schema", "folds", "list", "data")

# Trees that grow for minutes.
ENDLESS = """\
extends: competition.yaml
target: {kind: svd, params: {n_components: 4}}
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  trees: {kind: lightgbm, features: [cell], params: {n_estimators: 10000000, min_data_in_leaf: 1}}
"""

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def test_help_names_every_command_and_the_exit_codes(kit: Kit) -> None:
    result = kit("--help")
    assert result.code == 0
    assert all(f"\n  {name} " in result.out for name in COMMANDS)
    assert "0 done, 1 a run failed or was stopped, 2 wrong input" in result.out
    assert "..." not in result.out.partition("Commands:")[2]  # no line of help is cut off


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(kit: Kit, name: str) -> None:
    result = kit(name, "--help")
    assert result.code == 0
    assert f"Usage: kit {name}" in result.out
    assert result.err == ""


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"]])
def test_help_imports_no_numerical_library(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["kit", *{arguments!r}]
from kit.cli.main import main
try:
    main()
finally:
    heavy = {{"numpy", "pandas", "sklearn", "scipy", "pyarrow", "joblib", "lightgbm", "kit.training"}}
    print("imported:", sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=180)
    assert done.stdout.rstrip().endswith("imported: []")


@pytest.mark.parametrize(
    "arguments", [["traim"], ["--versoin"], ["train"], ["train", "a.yaml", "b.yaml"], ["data", "x"]]
)
def test_wrong_arguments_are_one_line_that_leads_to_the_help(kit: Kit, arguments: list[str]) -> None:
    result = kit(*arguments)
    assert is_wrong_input(result)
    assert len(result.err.splitlines()) == 1
    assert "See kit" in result.err
    assert "--help" in result.err
    assert result.out == ""


def test_a_misspelt_command_is_guessed(kit: Kit) -> None:
    assert "'train'" in kit("traim").err


@pytest.mark.parametrize(("error", "code"), [(InputError("what"), 2), (RunError("what"), 1)])
def test_exit_code_of_errors(kit: Kit, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int) -> None:
    def fail(family: str | None) -> str:
        raise error

    monkeypatch.setattr("kit.reports.plugins.describe_plugins", fail)
    result = kit("list")
    assert (result.code, result.out, result.err) == (code, "", "error: what\n")


def test_an_unexpected_error_shows_its_traceback() -> None:
    result = _list_with("1 / 0")
    assert result.code == 1
    assert "ZeroDivisionError" in result.err


@pytest.mark.parametrize(
    ("message", "printed"),
    [
        ("a.yaml:1: wrong\nb.yaml:2: wrong", "error: several problems:\n  a.yaml:1: wrong\n  b.yaml:2: wrong\n"),
        ("2 problems in x:\n  - one\n  - two", "error: 2 problems in x:\n  - one\n  - two\n"),
    ],
)
def test_several_problems_have_a_headline(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, message: str, printed: str
) -> None:
    def fail(family: str | None) -> str:
        raise ConfigError(message)

    monkeypatch.setattr("kit.reports.plugins.describe_plugins", fail)
    assert kit("list").err == printed


def test_an_interrupted_command_has_exit_code_1(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(family: str | None) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("kit.reports.plugins.describe_plugins", interrupt)
    result = kit("list")
    assert (result.code, result.out, result.err) == (1, "", "stopped\n")


@posix
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("train", signal.SIGINT),
        ("train", signal.SIGTERM),
        ("compare", signal.SIGINT),
        ("tune", signal.SIGINT),
    ],
)
def test_a_signal_stops_work_and_its_workers(name: str, tiny: Path, tmp_path: Path, sent: signal.Signals) -> None:
    recipe = tmp_path / "endless.yaml"
    text = ENDLESS.replace("competition.yaml", str(tiny / "competition.yaml"))
    searched = text.replace("min_data_in_leaf: 1", "min_data_in_leaf: {search: [1, 9], value: 1}")
    recipe.write_text(searched if name == "tune" else text)
    given = [name, recipe, *(["--trials", "3"] if name == "tune" else []), "--out", tmp_path / "out", "--jobs", "2"]
    process = subprocess.Popen(
        command(*given),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell has what it starts in the background ignore Ctrl-C, and a process inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stderr is not None
        begun = "0 of 3 trials" if name == "tune" else "0 of 3 fits; "
        while not process.stderr.readline().startswith(begun):
            assert process.poll() is None
        process.send_signal(sent)
        # Workers hold the other end of standard error: reading ends when the last of them is gone.
        _, err = process.communicate(timeout=180)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "Traceback" not in err
    last = err.splitlines()[-1]
    assert last.startswith("stopped; ")
    assert shlex.split(last.partition(": ")[2]) == ["kit", *map(str, given)]


@posix
def test_threads_that_fail_because_work_was_stopped_are_not_heard() -> None:
    later = "threading.Timer(0.5, lambda: [][0]).start()"
    # Not Ctrl-C, which a process ignores that a shell began in the background.
    result = _list_with(later, f"signal.raise_signal({signal.SIGTERM.value})")
    assert (result.code, result.err) == (1, "stopped\n")


@posix
@pytest.mark.slow
def test_warnings_of_libraries_in_workers_do_not_reach_the_terminal(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, pathlib, sys, warnings\n"
        "if '--process-name' in sys.orig_argv:\n"
        "    warnings.warn('from a library')\n"
        "    pathlib.Path(os.environ['SEEN'], str(os.getpid())).touch()\n"
    )
    seen = tmp_path / "seen"
    seen.mkdir()
    arguments = ("train", tiny / "linear.yaml", "--out", tmp_path / "out", "--jobs", "2")
    result = kit_process(*arguments, PYTHONPATH=str(tmp_path), SEEN=str(seen))
    assert result.code == 0
    assert list(seen.iterdir())  # the workers have warned
    assert "from a library" not in result.err


def test_warnings_of_libraries_do_not_reach_the_terminal() -> None:
    result = _list_with("warnings.warn('from a library')", "'listed'")
    assert (result.code, result.out, result.err) == (0, "listed\n", "")


@posix
def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = _list_with("'listed ' * 10_000", stdout=writing)
    os.close(writing)
    assert (result.code, result.err) == (0, "")


def test_an_encoding_without_the_sign_does_not_fail() -> None:
    result = _list_with("'\u2212 1'", PYTHONIOENCODING="ascii")
    assert (result.code, result.out, result.err) == (0, "? 1\n", "")


def test_one_thread_a_task(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    seen = {}

    def look(family: str | None) -> str:
        seen["threads"] = os.environ["OMP_NUM_THREADS"]
        return ""

    monkeypatch.setattr("kit.reports.plugins.describe_plugins", look)
    kit("list")
    assert seen == {"threads": "1"}


def _list_with(*expressions: str, stdout: int = subprocess.PIPE, **environment: str) -> Result:
    """Run ``kit list`` in a process in which the list is the last of these expressions."""
    code = f"""
import signal, sys, threading, types, warnings
# In place of the real module, which imports every library.
sys.modules["kit.reports.plugins"] = types.SimpleNamespace(
    FAMILIES={{}},
    describe_parameter=str,
    catalogue=lambda family=None: [],
    describe_plugins=lambda family: [{", ".join(expressions)}][-1],
)
sys.argv = ["kit", "list"]
from kit.cli.main import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=180,
        env={**os.environ, **environment},
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_the_version(kit: Kit) -> None:
    result = kit("--version")
    assert (result.code, result.out, result.err) == (0, f"kit {__version__}\n", "")
