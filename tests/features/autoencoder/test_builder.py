from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from kit.errors import InputError, MissingDependencyError, ParameterError, RunError
from kit.features import Autoencoder, Concatenated, Numeric, OneHot, Scaled, TargetEncoding, TargetProfile
from tests.extras import needs_torch
from tests.features.autoencoder.tables import COLUMNS, noise, numbers, planted
from tests.features.support import experiment, new_rows

pytestmark = needs_torch

SMALL: dict[str, Any] = {"layers": [16, 8], "batch_size": 32, "n_epochs": 4, "random_state": 0}


def test_structure_is_found_and_noise_is_not() -> None:
    options: dict[str, Any] = SMALL | {"n_epochs": 80, "learning_rate": 3e-3, "layers": [32]}
    found = Autoencoder(numbers(), **options).fit(planted(400))
    assert found.reconstruction_loss_ < 0.2 * found.column_mean_loss_
    assert found.losses_.shape == (80,)
    assert np.isclose(found.losses_[-1], found.reconstruction_loss_, rtol=1e-4)
    # Two numbers cannot hold ten independent ones (2/10 of them, were it linear), but they hold those of rank two.
    narrow: dict[str, Any] = options | {"layers": [32], "bottleneck": 2}
    assert Autoencoder(numbers(), **narrow).fit(planted(400)).reconstruction_loss_ < 0.3
    missed = Autoencoder(numbers(), **narrow).fit(noise(400))
    assert missed.reconstruction_loss_ > 0.7 * missed.column_mean_loss_


def test_held_out_rows_are_not_trained_on() -> None:
    rows = planted(50)
    first = Autoencoder(numbers(), scaling="none", validation_share=0.2, **SMALL).fit(rows)
    assert len(first.held_out_) == 10
    changed = rows.copy()
    changed.iloc[first.held_out_] = 100.0
    second = Autoencoder(numbers(), scaling="none", validation_share=0.2, **SMALL).fit(changed)
    assert all(np.array_equal(a, b) for a, b in zip(first.weights_, second.weights_, strict=True))
    assert second.reconstruction_loss_ > 100 * first.reconstruction_loss_
    # And the figures are of those rows, by hand.
    rest = rows.drop(index=first.held_out_).to_numpy()
    expected = np.square(rows.to_numpy()[first.held_out_] - rest.mean(axis=0)).mean()
    assert np.isclose(first.column_mean_loss_, expected, rtol=1e-5)


def test_labels_change_no_bit() -> None:
    rows, Y = experiment()
    builder = Autoencoder(OneHot(["cell_type", "sm_name"]), **SMALL)
    features = clone(builder).fit_transform(rows, Y)
    for other in (None, Y[::-1], np.full_like(Y, 1e6)):
        np.testing.assert_array_equal(clone(builder).fit_transform(rows, other), features)


@pytest.mark.parametrize(
    "of", [TargetProfile(), Scaled(TargetEncoding(["cell_type"])), Concatenated([TargetProfile()])]
)
def test_blocks_of_targets_are_refused(of: Any) -> None:
    rows, Y = experiment()
    with pytest.raises(ParameterError, match=f"of={of.kind} is made of the training targets"):
        Autoencoder(of).fit(rows, Y)


def test_test_rows_and_unlabelled_rows_are_inputs_of_fit(tmp_path: Path) -> None:
    rows, test, more = planted(40), planted(30, seed=1), planted(20, seed=2)
    more.to_csv(tmp_path / "more.csv", index=False)
    path = str(tmp_path / "more.csv")
    alone = Autoencoder(numbers(), **SMALL).fit(rows)
    tested = Autoencoder(numbers(), test_rows=test, **SMALL).fit(rows)
    told_not_to = Autoencoder(numbers(), test_rows=test, use_test=False, **SMALL).fit(rows)
    all_of_it = Autoencoder(numbers(), test_rows=test, unlabelled=path, **SMALL).fit(rows)
    assert [one.n_rows_ for one in (alone, tested, told_not_to, all_of_it)] == [40, 70, 40, 90]
    np.testing.assert_array_equal(told_not_to.transform(rows), alone.transform(rows))
    features = [one.transform(rows) for one in (alone, tested, all_of_it)]
    assert not np.array_equal(features[0], features[1])
    assert not np.array_equal(features[1], features[2])
    # It is the union that counts: the same rows, however they come.
    joined = Autoencoder(numbers(), **SMALL).fit(pd.concat([rows, test, pd.read_csv(path)], ignore_index=True))
    np.testing.assert_array_equal(joined.transform(rows), features[2])
    assert Path(path) in all_of_it.content_files()
    with pytest.raises(InputError, match="of unlabelled rows"):
        Autoencoder(numbers(), unlabelled=str(tmp_path / "none.csv")).content_files()


def test_a_column_that_only_training_rows_have() -> None:
    rows = planted(40)
    test = rows[COLUMNS[:5]]
    with pytest.raises(InputError, match=r"no column 'x5'(.|\n)*the test table has no 'x5', 'x6'"):
        Autoencoder(numbers(), test_rows=test, **SMALL).fit(rows)
    Autoencoder(Numeric(COLUMNS[:5]), test_rows=test, **SMALL).fit(rows)


def test_a_rows_features_are_its_own() -> None:
    rows = planted(60)
    builder = Autoencoder(numbers(), **SMALL).fit(rows)
    together = builder.transform(rows)
    np.testing.assert_allclose(np.vstack([builder.transform(rows.iloc[[at]]) for at in range(60)]), together, rtol=1e-6)
    np.testing.assert_allclose(builder.transform(rows[::-1])[::-1], together, rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "names", "ends"),
    [
        ({}, 24, ("hidden_1__0", "hidden_2__7")),
        ({"output": "bottleneck"}, 8, ("code__0", "code__7")),
        ({"bottleneck": 2}, 16 + 8 + 2 + 8 + 16, ("hidden_1__0", "hidden_5__15")),
        ({"bottleneck": 2, "output": "bottleneck"}, 2, ("code__0", "code__1")),
    ],
)
def test_the_output(given: dict[str, Any], names: int, ends: tuple[str, str]) -> None:
    rows = planted(40)
    builder = Autoencoder(numbers(), **SMALL, **given)
    assert builder.expected_features(rows) == names
    features = builder.fit_transform(rows)
    found = builder.get_feature_names_out()
    assert features.shape == (40, names)
    assert (found[0], found[-1]) == ends
    # A linear code goes below 0, a rectified one does not.
    assert (features.min() < 0) == ("bottleneck" in given)


def test_a_code_of_two_tells_groups_apart() -> None:
    rows, _ = experiment()
    block = Concatenated([OneHot(["cell_type"]), Numeric(["dose"])])
    options = SMALL | {"n_epochs": 200, "learning_rate": 1e-2}
    builder = Autoencoder(block, scaling="standard", bottleneck=2, output="bottleneck", **options)
    code = builder.fit_transform(rows)
    cells = rows["cell_type"].to_numpy()
    centres = {cell: code[cells == cell].mean(axis=0) for cell in ("NK", "T", "B")}
    nearest = [min(centres, key=lambda cell, at=at: float(np.square(at - centres[cell]).sum())) for at in code]  # type: ignore[misc]
    assert np.mean(np.asarray(nearest) == cells) > 0.9


def test_saved_and_loaded(tmp_path: Path) -> None:
    rows, Y = experiment()
    builder = Autoencoder(OneHot(["cell_type", "sm_name"]), greedy=True, **SMALL).fit(rows, Y)
    builder.save(tmp_path / "builder")
    loaded = Autoencoder.load(tmp_path / "builder")
    np.testing.assert_array_equal(loaded.transform(new_rows()), builder.transform(new_rows()))
    assert loaded.reconstruction_loss_ == builder.reconstruction_loss_
    np.testing.assert_array_equal(loaded.losses_, builder.losses_)


def test_a_single_row_and_no_epochs() -> None:
    one = Autoencoder(numbers(), **SMALL).fit(planted(1))
    assert (one.n_rows_, len(one.held_out_)) == (1, 0)
    untrained = Autoencoder(numbers(), **SMALL | {"n_epochs": 0}).fit(planted(40))
    assert untrained.losses_.shape == (0,)
    assert untrained.reconstruction_loss_ > 0


def test_divergence_is_said() -> None:
    with pytest.raises(RunError, match=r"diverged \(learning_rate=1e\+30"):
        Autoencoder(numbers(), **SMALL | {"learning_rate": 1e30}).fit(planted(40))


def test_without_torch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "kit.features.autoencoder.training", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependencyError, match=r"perturbation-kit\[torch\]"):
        Autoencoder(numbers(), **SMALL).fit(planted(40))
    rows = planted(40)
    assert Autoencoder(numbers(), **SMALL | {"n_epochs": 0}).fit(rows).transform(rows).shape == (40, 24)


def test_without_training_rows_it_is_measured_on_them_and_the_same_for_all() -> None:
    """What is learnt from other rows alone does not depend on who the training rows are."""
    more = planted(60, seed=5)
    options: dict[str, Any] = SMALL | {"use_train": False, "unlabelled_rows": more, "validation_share": 0.0}
    first, second = planted(20), planted(30, seed=1)
    one, other = (Autoencoder(numbers(), **options).fit(rows) for rows in (first, second))
    np.testing.assert_array_equal(one.transform(first), other.transform(first))
    assert one.measured_on_ == "training rows"
    assert (one.n_rows_, len(one.held_out_)) == (60, 0)
    X, found = one.reconstruct(first)
    assert one.reconstruction_loss_ == pytest.approx(np.square(X - found).mean(), rel=1e-5)
    assert one.reconstruction_loss_ != other.reconstruction_loss_
    shared = Autoencoder(numbers(), **(options | {"validation_share": 0.2})).fit(first)
    assert (shared.measured_on_, len(shared.held_out_)) == ("held-out rows", 12)


def test_a_seed_of_its_own_wins() -> None:
    rows = planted(30)
    features = [
        Autoencoder(numbers(), **(SMALL | {"random_state": state, "seed": seed})).fit_transform(rows)
        for state, seed in ((1, 3), (2, 3), (3, None), (4, None))
    ]
    np.testing.assert_array_equal(features[0], features[1])
    np.testing.assert_array_equal(features[0], features[2])
    assert not np.array_equal(features[2], features[3])


@pytest.mark.parametrize(("image", "said"), [((2, 5), None), ((3, 3), "has 9 pixels, and of=numeric makes 10 columns")])
def test_an_image_has_as_many_pixels_as_columns(image: tuple[int, int], said: str | None) -> None:
    builder = Autoencoder(numbers(), image=image, **SMALL | {"n_epochs": 0})
    if said is None:
        assert builder.fit(planted(20)).code_width == 8
    else:
        with pytest.raises(InputError, match=said):
            builder.fit(planted(20))


def test_inputs_are_what_the_layers_read() -> None:
    rows = planted(40)
    whole, inputs = (Autoencoder(numbers(), output=output, **SMALL).fit(rows) for output in ("stack", "inputs"))
    assert whole.start_layers() == []
    assert inputs.expected_features(rows) == 10
    assert list(inputs.get_feature_names_out()) == COLUMNS
    (weight, bias), second = inputs.start_layers()
    first = np.maximum(inputs.transform(rows) @ weight + bias, 0)
    np.testing.assert_allclose(first, whole.transform(rows)[:, :16], rtol=1e-4, atol=1e-5)
    assert second[0].shape == (16, 8)
