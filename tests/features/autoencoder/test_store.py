from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import KitWarning
from kit.features import Autoencoder
from kit.features.autoencoder import training
from tests.extras import needs_torch
from tests.features.autoencoder.tables import numbers, planted

pytestmark = needs_torch


def fitted(**changed: object) -> Autoencoder:
    options = {"layers": [6], "n_epochs": 2, "random_state": 0} | changed
    return Autoencoder(numbers(), **options).fit(planted(40))  # type: ignore[arg-type]


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """An empty cache; and a list to which every training adds an entry."""
    monkeypatch.setenv("KIT_CACHE", str(tmp_path))
    found: list[int] = []
    train = training.train

    def counted(*args: object) -> object:
        found.append(1)
        return train(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "train", counted)
    return found


def test_the_same_is_trained_once(trainings: list[int]) -> None:
    one, other = fitted(), fitted()
    assert len(trainings) == 1
    for a, b in zip(one.fitted_state()["weights_"], other.fitted_state()["weights_"], strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one.losses_, other.losses_)
    assert one.transform(planted(40)).tobytes() == other.transform(planted(40)).tobytes()


@pytest.mark.parametrize(
    "changed",
    [{"swap": 0.3}, {"random_state": 1}, {"greedy": True}, {"scaling": "standard"}, {"validation_share": 0.2}],
)
def test_what_decides_it_is_its_key(trainings: list[int], changed: dict[str, object]) -> None:
    fitted()
    n_before = len(trainings)
    fitted(**changed)
    assert len(trainings) > n_before


def test_a_damaged_file_is_trained_anew(trainings: list[int], tmp_path: Path) -> None:
    features = fitted().transform(planted(40))
    (file,) = (tmp_path / "autoencoders").glob("*.npz")
    file.write_bytes(file.read_bytes()[:100])
    np.testing.assert_array_equal(fitted().transform(planted(40)), features)
    assert len(trainings) == 2


def test_a_cache_that_cannot_be_written_is_a_warning(
    trainings: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "file"))
    with pytest.warns(KitWarning, match="is trained anew next time"):
        fitted()
