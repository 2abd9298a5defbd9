"""Calling a function in a fresh Python process, which knows nothing of what this one has computed or imported."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from kit.errors import RunError

_CALL, _ANSWER, _PATH = "call.pickle", "answer.pickle", "path.json"
_CHILD = (
    "import json, sys; sys.path[:] = json.load(open(sys.argv[1] + '/path.json')); "
    "from kit.testing.fresh import answer; answer(sys.argv[1])"
)


def in_fresh_process(function: Callable[..., Any], *arguments: Any, modules: Sequence[str] = ()) -> Any:
    """Call a function in a new Python process with the same import path, and return its result.

    Function, arguments and result travel by pickle, between a process and its own child as `multiprocessing` does it.

    Args:
        function: A function of an importable module.
        *arguments: Its arguments.
        modules: Modules to import first, so that the plug-ins they define are registered.

    Raises:
        RunError: The function raised or the process died; the message holds its traceback.
    """
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / _PATH).write_text(json.dumps(sys.path), encoding="utf-8")
        (directory / _CALL).write_bytes(pickle.dumps((list(modules), pickle.dumps((function, arguments)))))
        ended = subprocess.run([sys.executable, "-c", _CHILD, folder], capture_output=True, text=True, check=False)
        if not (directory / _ANSWER).is_file():
            raise RunError(f"the fresh process ended with code {ended.returncode}:\n{ended.stderr[-4000:]}")
        result, failed = pickle.loads((directory / _ANSWER).read_bytes())
    if failed is not None:
        raise RunError(f"in the fresh process:\n{failed}")
    return result


def answer(folder: str) -> None:
    """Carry out the call that `in_fresh_process` wrote into a folder; the other half of it."""
    result, failed = None, None
    try:
        modules, call = pickle.loads((Path(folder) / _CALL).read_bytes())
        for module in modules:
            import_module(module)
        function, arguments = pickle.loads(call)
        result = function(*arguments)
    except Exception:
        failed = traceback.format_exc()
    (Path(folder) / _ANSWER).write_bytes(pickle.dumps((result, failed)))
