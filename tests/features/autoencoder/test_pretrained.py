from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.errors import InputError, ParameterError
from kit.features import Autoencoder, Numeric
from tests.extras import needs_torch
from tests.features.autoencoder.tables import COLUMNS, numbers, planted

pytestmark = needs_torch

SHAPE: dict[str, Any] = {"layers": [12, 6], "batch_size": 32}


@pytest.fixture(scope="module")
def source() -> Autoencoder:
    return Autoencoder(numbers(), n_epochs=60, learning_rate=1e-2, random_state=1, **SHAPE).fit(planted(seed=1))


@pytest.fixture
def saved(source: Autoencoder, tmp_path: Path) -> str:
    source.save(tmp_path / "source")
    return str(tmp_path / "source")


def test_without_training_it_is_the_same_map_in_the_same_units(source: Autoencoder, saved: str) -> None:
    here = planted(60, seed=2) * 3 + 1  # another competition, whose own scale would be another
    for extra in ({"n_epochs": 0}, {"n_epochs": 3, "freeze": 3}):
        copy = Autoencoder(numbers(), pretrained=saved, **SHAPE, **extra).fit(here)
        np.testing.assert_array_equal(copy.transform(here), source.transform(here))


def test_frozen_layers_are_unchanged_bit_for_bit_and_others_go_on(source: Autoencoder, saved: str) -> None:
    fitted = Autoencoder(numbers(), pretrained=saved, freeze=1, n_epochs=2, **SHAPE).fit(planted(60, seed=2))
    for now, before in ((fitted.weights_, source.weights_), (fitted.biases_, source.biases_)):
        same = [np.array_equal(a, b) for a, b in zip(now, before, strict=True)]
        assert same == [True, False, False]


def test_a_good_start_is_worth_something(saved: str) -> None:
    few = planted(40, seed=3)
    options: dict[str, Any] = {"n_epochs": 2, "validation_share": 0.3, "random_state": 0, **SHAPE}
    warm = Autoencoder(numbers(), pretrained=saved, **options).fit(few)
    cold = Autoencoder(numbers(), **options).fit(few)
    assert warm.reconstruction_loss_ < 0.5 * cold.reconstruction_loss_


def test_its_files_are_content(saved: str) -> None:
    files = Autoencoder(numbers(), pretrained=saved, **SHAPE).content_files()
    assert {path.name for path in files} >= {"state.json", "arrays.npz"}
    with pytest.raises(InputError, match="no directory 'nowhere'"):
        Autoencoder(numbers(), pretrained="nowhere").content_files()


def test_the_source_is_not_needed_afterwards(saved: str, tmp_path: Path) -> None:
    rows = planted(40, seed=3)
    fitted = Autoencoder(numbers(), pretrained=saved, n_epochs=1, **SHAPE).fit(rows)
    fitted.save(tmp_path / "fitted")
    Path(saved).rename(tmp_path / "gone")
    np.testing.assert_array_equal(Autoencoder.load(tmp_path / "fitted").transform(rows), fitted.transform(rows))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([*COLUMNS[:-1], "y"], r"lacks 'x9' and has besides 'y'"),
        (COLUMNS[:-1], r"lacks 'x9'; give"),
        ([*COLUMNS, "y"], r"trained on 10 columns, and of=numeric makes 11 here: it has besides 'y'"),
    ],
)
def test_other_columns_are_refused(saved: str, columns: list[str], message: str) -> None:
    rows = planted().assign(y=1.0)
    with pytest.raises(InputError, match=message):
        Autoencoder(Numeric(columns), pretrained=saved, **SHAPE).fit(rows)


def test_columns_in_another_order_are_the_same_columns(source: Autoencoder, saved: str, tmp_path: Path) -> None:
    here = planted(60, seed=2) * 3 + 1
    other = Numeric([*COLUMNS[3:], *COLUMNS[:3]])
    copy = Autoencoder(other, pretrained=saved, n_epochs=0, **SHAPE).fit(here[COLUMNS[::-1]])
    np.testing.assert_array_equal(copy.transform(here), source.transform(here))
    assert copy.column_names() == COLUMNS
    # And so is a copy of the copy.
    copy.save(tmp_path / "copy")
    again = Autoencoder(numbers(), pretrained=str(tmp_path / "copy"), n_epochs=0, **SHAPE).fit(here)
    np.testing.assert_array_equal(again.transform(here), source.transform(here))


@pytest.mark.parametrize("changed", [{"layers": [12, 7]}, {"bottleneck": 2}, {"scaling": "none"}])
def test_another_shape_is_refused(saved: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"was trained with {next(iter(changed))}="):
        Autoencoder(numbers(), pretrained=saved, **(SHAPE | changed)).fit(planted())


def test_what_is_no_fitted_autoencoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no saved plug-in"):
        Autoencoder(numbers(), pretrained=str(tmp_path / "none")).fit(planted())
    numbers().fit(planted()).save(tmp_path / "numeric")
    with pytest.raises(InputError, match="expected Autoencoder"):
        Autoencoder(numbers(), pretrained=str(tmp_path / "numeric")).fit(planted())
    Autoencoder(numbers()).save(tmp_path / "unfitted")
    with pytest.raises(InputError, match="before it was fitted"):
        Autoencoder(numbers(), pretrained=str(tmp_path / "unfitted")).fit(planted())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"freeze": 1}, "without pretrained"),
        ({"pretrained": "x", "greedy": True}, "drop greedy, or pretrained"),
        ({"pretrained": "x", "freeze": 4, "layers": [3, 3]}, "there are 3 layers with the last"),
    ],
)
def test_what_does_not_go_together(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Autoencoder(numbers(), **given).check_parameters()
