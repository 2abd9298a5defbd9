from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kit.errors import StateError  # noqa: E402
from kit.models import MLP  # noqa: E402
from kit.targets import TargetSVD  # noqa: E402
from tests.models.neural.test_base import assert_same, make_rows, small  # noqa: E402


class KilledError(Exception):
    pass


def kill_after(epochs: int) -> Any:
    def on_epoch(epoch: int, loss: float) -> None:
        if epoch == epochs:
            raise KilledError

    return on_epoch


def interrupted(model: MLP, path: Path, at: int = 3, every: int = 1, **fit_params: Any) -> MLP:
    X, Y = make_rows()
    with pytest.raises(KilledError):
        model.fit(X, Y, checkpoint=path, checkpoint_every=every, on_epoch=kill_after(at), **fit_params)
    assert path.is_file()
    torch.manual_seed(12345)
    return model.fit(X, Y, checkpoint=path, checkpoint_every=every, **fit_params)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"optimizer": "lion", "schedule": "one_cycle", "learning_rate": 1e-3},
        {"optimizer": "rmsprop", "schedule": "plateau", "plateau_patience": 0, "learning_rate": 0.1},
        {"optimizer": "adam", "schedule": "constant", "norm": "none"},
    ],
    ids=lambda params: params.get("optimizer", "adamw"),
)
def test_goes_on_bit_for_bit(params: dict[str, Any], tmp_path: Path) -> None:
    X, Y = make_rows()
    expected = small(dropout=0.3, **params).fit(X, Y)
    epochs: list[int] = []
    resumed = interrupted(small(dropout=0.3, **params), tmp_path / "state.pt")
    assert_same(resumed, expected)
    small(dropout=0.3, **params).fit(
        X, Y, checkpoint=tmp_path / "state.pt", on_epoch=lambda epoch, loss: epochs.append(epoch)
    )
    assert epochs == []  # it was done


def test_goes_on_from_the_last_checkpoint_written(tmp_path: Path) -> None:
    X, Y = make_rows()
    resumed = interrupted(small(), tmp_path / "new" / "state.pt", at=5, every=2)
    assert_same(resumed, small().fit(X, Y))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["state.pt"]


def test_the_best_epoch_before_the_break_is_not_forgotten(tmp_path: Path) -> None:
    X, Y = make_rows()
    held = X[:7]

    def fit(path: Path | None, kill: bool) -> MLP:
        values = {"n": 0}
        first = [2.0, 1.0, 3.0, 4.0, 5.0, 6.0]

        def loss(found: np.ndarray) -> float:
            values["n"] += 1
            return first[values["n"] - 1] if path is None or kill else 9.0

        model = small()
        hook = kill_after(3) if kill else None
        return model.fit(X, Y, validation=(held, loss), checkpoint=path, checkpoint_every=1, on_epoch=hook)

    with pytest.raises(KilledError):
        fit(tmp_path / "state.pt", kill=True)
    resumed, expected = fit(tmp_path / "state.pt", kill=False), fit(None, kill=False)
    assert resumed.best_epoch_ == expected.best_epoch_ == 2
    assert_same(resumed, expected)


def test_a_checkpoint_of_another_fit_is_refused(tmp_path: Path) -> None:
    X, Y = make_rows()
    path = tmp_path / "state.pt"
    small().fit(X, Y, checkpoint=path)
    svd = TargetSVD(4).fit(Y)
    for model, arrays, extra in [
        (small(learning_rate=2e-3), (X, Y), {}),
        (small(), (X, Y + 1), {}),
        (small(), (X + np.eye(*X.shape, dtype=np.float32), Y), {}),
        (small(), (X, Y), {"sample_weight": np.ones(len(X))}),
        (small(), (X, Y), {"full_width": svd.full_width(Y)}),
    ]:
        with pytest.raises(StateError, match="other parameters, data"):
            model.fit(*arrays, checkpoint=path, **extra)


class Runs:
    """What unpickling must never call."""

    def __reduce__(self) -> Any:
        return (Path.touch, (Path("ran-code-from-a-checkpoint"),))


def test_a_file_that_is_no_checkpoint_is_an_error_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    X, Y = make_rows()
    whole = tmp_path / "whole.pt"
    small().fit(X, Y, checkpoint=whole)
    for name, content in {
        "empty": b"",
        "text": b"no checkpoint",
        "pickle": pickle.dumps(Runs(), protocol=2),
        "cut": whole.read_bytes()[:500],
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(StateError, match="no checkpoint of a training, or damaged"):
            small().fit(X, Y, checkpoint=path)
    torch.save({"key": Runs()}, tmp_path / "zip")
    with pytest.raises(StateError):
        small().fit(X, Y, checkpoint=tmp_path / "zip")
    assert not (tmp_path / "ran-code-from-a-checkpoint").exists()
