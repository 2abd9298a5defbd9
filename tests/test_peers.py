"""The benchmark of other libraries (`benchmarks.peers`), as far as it needs none of them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import kit
from benchmarks.bench.side_by_side import run
from benchmarks.peers import environments, measuring
from benchmarks.peers.__main__ import line
from benchmarks.peers.data import Data, described
from benchmarks.peers.environments import refusal
from benchmarks.peers.measuring import Result, code_lines, result
from benchmarks.peers.peers import CLOCK, ENVIRONMENTS, PEERS, SCRIPTS, Peer
from kit.data.simulate import simulate, write

LIMIT = 60
"""CPU seconds."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("peers")
    return described("simulated", write(simulate("open-problems", 0, n_genes=40), folder / "data"), folder)


@pytest.fixture(autouse=True)
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(measuring, "BUILD", tmp_path)
    monkeypatch.setattr(environments, "BUILD", tmp_path)
    (tmp_path / "simulated").mkdir()
    return tmp_path


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.setattr(sys, "argv", ["shared.py", *[str(tmp_path)] * 3, "1"])
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.delitem(sys.modules, "shared", raising=False)
    return importlib.import_module("shared")


def test_the_features_of_a_row_do_not_know_its_targets(shared: ModuleType) -> None:
    known = pd.DataFrame({"cell_type": ["B", "T", "T", "B"], "sm_name": ["x", "x", "y", "x"]})
    asked = pd.DataFrame({"cell_type": ["B", "T"], "sm_name": ["y", "new"]})
    Z = np.random.default_rng(0).normal(size=(4, 3))
    X, X_asked = shared.features(known, Z, asked)
    np.testing.assert_allclose(X[0], [1, 0, *(Z[1] + Z[3]) / 2])
    np.testing.assert_allclose(X[2], [0, 1, 0, 0, 0])
    np.testing.assert_allclose(X_asked, [[1, 0, *Z[2]], [0, 1, 0, 0, 0]])
    wide, _ = shared.features(known, Z, asked, products=True)
    np.testing.assert_allclose(wide[:, 5:8], X[:, 2:] * X[:, :1])


def test_the_kit_has_the_score_that_its_own_run_says(data: Data, build: Path) -> None:
    found = result("kit_baseline", PEERS["kit_baseline"], data, LIMIT, fresh=False)
    assert found.note == "", (build / "simulated" / "kit_baseline" / "output.txt").read_text(encoding="utf-8")
    assert found.scores is not None
    (run,) = (build / "simulated" / "kit_baseline").glob("*/runs/*")
    folds = np.concatenate([values for task, values in found.scores.items() if task != "test"])
    assert folds.mean() == pytest.approx(kit.load_run(run).score, abs=1e-6)
    assert len(found.scores["test"]) == 255
    # It is kept: another call measures nothing.
    assert result("kit_baseline", PEERS["kit_baseline"], data, 0, fresh=False) == found


def test_a_script_learns_the_folds_and_the_table_says_what_it_got(data: Data) -> None:
    found = result("ridge", Peer("ridge", "ridge.py", None), data, LIMIT, fresh=True)
    assert found.scores is not None
    assert found.note == ""
    assert found.cpu is not None
    assert found.cpu > 0
    zeros = {task: data.metric.per_row(truth, np.zeros_like(truth)) for task, truth in data.truths.items()}
    assert np.mean(found.scores["test"]) < 0.9 * zeros["test"].mean()
    floor = Result("", 0, scores={task: values.tolist() for task, values in zeros.items()})
    cells = [cell.strip() for cell in line("ridge", found, floor, data).split("|")]
    folds = np.concatenate([values for task, values in found.scores.items() if task != "test"])
    assert cells[3] == f"{folds.mean():.4f}"
    assert cells[5] == f"{np.mean(found.scores['test']):.4f}"
    assert cells[6].startswith(f"{np.mean(found.scores['test']) - zeros['test'].mean():+.4f} (-")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("while True: pass", "killed at its limit of 1 CPU s with 0 of 5 fits done"),
        ("raise SystemExit('no memory')", "failed: no memory"),
        (
            "import numpy as np\nfrom shared import save, tasks\n"
            "for name, _, Y, asked in tasks(): save(name, np.full((len(asked), Y.shape[1]), np.nan))",
            "no score: compounds 1: (10, 40), 100% NaN",
        ),
    ],
    ids=["endless", "failing", "NaN"],
)
def test_what_gives_no_score_says_why(
    code: str, said: str, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS), prepend=":")
    limit = 1 if "while" in code else LIMIT
    found = result("peer", Peer("peer", str(script), None), data, limit, fresh=True)
    assert found.note == said
    assert not found.scores


def test_the_clock_of_a_peer_stands_while_it_waits(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import sys, time\nimport beside\n"
        "before = time.time(); time.sleep(0.5); waited = time.time() - before\n"
        "while time.time() < before + 0.2: pass\nprint(waited < 0.3, *sys.argv[1:])",
        encoding="utf-8",
    )
    (tmp_path / "beside.py").touch()
    ran, status = run(sys.executable, CLOCK, tmp_path / "script.py", "given")
    assert (ran.out.strip(), status) == ("True given", 0)


def test_a_peer_without_its_weights_is_skipped(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABICL_WEIGHTS", raising=False)
    found = result("tabicl", PEERS["tabicl"], data, LIMIT, fresh=True)
    assert found.note == "skipped: TABICL_WEIGHTS names no file of weights"
    assert found.cpu is None


PIP = """\
WARNING: a location is ignored
ERROR: Cannot install lightautoml==0.4.2 because these package versions have conflicting dependencies.

The conflict is caused by:
    lightautoml 0.4.2 depends on torch<=2.3
    The user requested (constraint) torch==2.13.0

ERROR: ResolutionImpossible: for help visit https://pip.pypa.io
"""


def test_a_refusal_says_what_is_in_conflict() -> None:
    said = refusal(PIP)
    assert "lightautoml 0.4.2 depends on torch<=2.3" in said
    assert "torch==2.13.0" in said
    assert "\n" not in said


def test_what_pip_refuses_is_skipped_and_not_tried_again(
    data: Data, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def pip(folder: Path, *arguments: str) -> str:
        tried.append(folder.name)
        return "torch is too new" if folder.name == "lightautoml" else ""

    monkeypatch.setattr(environments, "_pip", pip)
    monkeypatch.setattr(environments.venv, "create", lambda folder, with_pip: folder.mkdir())
    for _ in range(2):
        found = result("lightautoml", PEERS["lightautoml"], data, LIMIT, fresh=True)
        assert (found.note, found.cpu) == ("skipped: torch is too new", None)
        assert environments.install("tabicl") == build / "tabicl" / "bin" / "python"
    assert tried == ["lightautoml", "tabicl"]


def test_every_peer_has_its_script_and_its_lines_are_counted(data: Data) -> None:
    for peer in PEERS.values():
        assert peer.environment is None or peer.environment in ENVIRONMENTS
        assert 20 < code_lines(peer, data) < 120
    # The recipe, what it extends, and the script.
    assert code_lines(PEERS["kit_best"], data) > code_lines(PEERS["kit_quick"], data)
