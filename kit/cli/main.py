"""``kit``: the commands, and what an error becomes."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

import typer

from kit.cli.blend import blend
from kit.cli.cache import cache
from kit.cli.calibrate import calibrate
from kit.cli.check import check
from kit.cli.clean import clean
from kit.cli.commands import add
from kit.cli.compare import compare
from kit.cli.config import config
from kit.cli.data import data
from kit.cli.design import design
from kit.cli.export import export
from kit.cli.folds import folds
from kit.cli.freed_memory import keep_freed_memory
from kit.cli.init import init
from kit.cli.list import list_plugins
from kit.cli.options import top
from kit.cli.output import complain, note
from kit.cli.predict import predict
from kit.cli.recipes import recipes
from kit.cli.report import report
from kit.cli.runs import runs
from kit.cli.schema import schema
from kit.cli.score import score
from kit.cli.show import show
from kit.cli.submit import leaderboard, submit
from kit.cli.track import track
from kit.cli.train import train
from kit.cli.tune import tune
from kit.errors import InputError, KitError, KitWarning, PluginWarning, nearest

DONE, FAILED, WRONG_INPUT = 0, 1, 2
"""The exit codes."""

# Typer brings a copy of click or uses the installed one; of the errors about arguments it exports this one class.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
_INTERRUPTED = 130
"""What Typer returns after Ctrl-C."""

app = typer.Typer(
    name="kit",
    help="A modelling kit for perturbation response: from tables and a recipe to a checked submission.",
    epilog="Exit codes: 0 done, 1 a run failed or was stopped, 2 wrong input.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.callback(invoke_without_command=True)(top)
_DEMO = "competitions/demo"

for _command, _name, _example in (
    (init, None, "kit init measured.csv wanted.csv --yes"),
    (train, None, f"kit train {_DEMO}/baseline.yaml"),
    (tune, None, f"kit tune {_DEMO}/searched.yaml --trials 5"),
    (compare, None, f"kit compare {_DEMO}/baseline.yaml {_DEMO}/stronger.yaml"),
    (blend, None, "kit blend baseline stronger --weights baseline=.4,stronger=.6"),
    (predict, None, "kit predict latest new.csv -o predicted.parquet --interval 0.9"),
    (score, None, f"kit score latest {_DEMO}/data/truth.parquet"),
    (calibrate, None, "kit calibrate latest"),
    (report, None, "kit report latest -o page.html"),
    (export, None, "kit export latest model --as bundle"),
    (track, None, "kit track latest --to mlflow"),
    (runs, None, "kit runs"),
    (show, None, "kit show latest"),
    (clean, None, "kit clean superseded unfinished --dry-run"),
    (submit, None, "kit submit latest --competition open-problems-single-cell-perturbations -m 'process and ridge'"),
    (leaderboard, None, "kit leaderboard"),
    (design, None, "kit design process --add 5"),
    (check, None, f"kit check latest {_DEMO}/competition.yaml"),
    (config, None, f"kit config {_DEMO}/baseline.yaml"),
    (schema, None, "kit schema"),
    (folds, None, f"kit folds {_DEMO}/baseline.yaml"),
    (list_plugins, "list", "kit list ridge"),
):
    add(app, _command, _example, _name)
app.add_typer(data)
app.add_typer(cache)
app.add_typer(recipes)


def main() -> None:
    """Run the command line; exit with 0 (done), 1 (something failed while working) or 2 (wrong input)."""
    # One thread a task. The commands import NumPy and the boosters when they are called, so their thread pools see it.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    keep_freed_memory()
    # The libraries' warnings are for those who program with them; the variable is for workers. It also brings them back
    # (PYTHONWARNINGS=default).
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        for ours in (KitWarning, PluginWarning):
            warnings.simplefilter("always", ours)
    warnings.showwarning = _noting_ours(warnings.showwarning)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show "−" shows "?"
            stream.reconfigure(errors="replace")
    # What a cluster or `kill` sends stops a run as Ctrl-C does; without this its workers would be left behind.
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    sys.exit(_run())


def _noting_ours(shown: Callable[..., None]) -> Callable[..., None]:
    """Return what prints the kit's own warnings as notes, and shows all others as before."""

    def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if issubclass(category, (KitWarning, PluginWarning)):
            note(f"warning: {message}")
        else:
            shown(message, category, *where)

    return show


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Ctrl-C reaches the workers as well; a pool's own threads, which lose them, would print what helps nobody.
    threading.excepthook = _unheard
    raise KeyboardInterrupt


def _unheard(failed: threading.ExceptHookArgs) -> None:
    pass


def _run() -> int:
    """Carry out the command; return the exit code."""
    try:
        code = app(prog_name="kit", standalone_mode=False)
    except KitError as error:
        complain(_worded(str(error)))
        return WRONG_INPUT if isinstance(error, InputError) else FAILED
    except OSError as error:
        complain(f"error: {error}; the same command goes on when that is mended")
        return FAILED
    except _UsageError as error:
        complain(_worded(_usage(error)))
        return WRONG_INPUT
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        complain("stopped")
        return FAILED
    return code if isinstance(code, int) else DONE


def _worded(message: str) -> str:
    """Return an error's message as it is printed: what stands on several lines without a headline gets one."""
    lines = message.splitlines()
    # An indented line belongs to the message before it: that is one problem, not several.
    one = len(lines) < 2 or lines[0].endswith(":") or any(line[:1].isspace() for line in lines)
    if not one:
        return "\n".join(["error: several problems:", *(f"  {line}" for line in lines)])
    return f"error: {message}"


def _usage(error: Exception) -> str:
    """Return the mistake in the arguments, and where to read on."""
    format_message = getattr(error, "format_message", None)
    message = _completed(str(format_message() if format_message else error), error)
    end = "" if message.endswith((".", "?")) else "."
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "kit"
    return f"{message[:1].lower()}{message[1:]}{end} See {path} --help"


def _completed(message: str, error: Exception) -> str:
    """Return Typer's message with the nearest choice, or with the value that was given where it is not repeated."""
    message = message.replace("Value error, ", "").removesuffix(".")
    choice = re.search(r"'([^']*)' is not one of ('.*')", message)
    if choice:
        near = nearest(choice[1], re.findall(r"'([^']*)'", choice[2]))
        return f"{message} (did you mean {near!r}?)" if near else message
    errors: Callable[[], list[dict[str, Any]]] = getattr(error.__cause__, "errors", list)
    found = errors()  # those of Pydantic, which newer versions of Typer ask
    return f"{message}, not {found[0]['input']!r}" if found else message


if __name__ == "__main__":
    main()
