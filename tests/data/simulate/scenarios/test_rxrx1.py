from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import SCENARIOS
from kit.data.simulate.scenarios import RxRx1, RxRx1Sites

SMALL = SCENARIOS["rxrx1-small"]
WHOLE = RxRx1("whole", (("HUVEC", 6, 2), ("RPE", 4, 2)), n_per_group=5, n_controls=2, n_dims=3, missing=0.0)


@pytest.fixture(scope="module")
def small() -> Mapping[str, pd.DataFrame]:
    return SMALL.tables(0)


def treated(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    test = tables["test.parquet"].merge(tables["truth.csv"], on="id_code", validate="one_to_one")
    return pd.concat([tables["train.parquet"], test])


def test_the_full_design_has_the_counts_of_the_source() -> None:
    full = SCENARIOS["rxrx1"]
    assert isinstance(full, RxRx1)
    experiments = np.array([numbers for _, *numbers in full.experiments])
    assert experiments.sum(axis=0).tolist() == [33, 18]
    assert full.n_classes == 1108
    assert full.n_per_group + full.n_controls + 1 == 308


def test_each_sirna_is_once_in_an_experiment_that_lost_no_well() -> None:
    rows = treated(WHOLE.tables(3))
    assert len(rows) == 14 * 20
    for _, experiment in rows.groupby("experiment"):
        assert sorted(experiment["sirna"]) == list(range(20))


def test_some_wells_are_missing_and_none_stands_twice(small: Mapping[str, pd.DataFrame]) -> None:
    rows = treated(small)
    assert 0.9 < len(rows) / (15 * 60) < 1.0
    assert not rows.duplicated(["experiment", "sirna"]).any()
    assert rows["id_code"].is_unique
    assert set(rows["id_code"]) < set(small["wells.parquet"]["id_code"])
    assert small["sample.csv"]["id_code"].tolist() == small["test.parquet"]["id_code"].tolist()


def test_groups_of_sirnas_stay_together_and_move_on_by_plates() -> None:
    rows = treated(WHOLE.tables(0))
    first = rows[rows["experiment"] == "HUVEC-01"].set_index("sirna")["plate"]
    shifts = set()
    for _, experiment in rows.groupby("experiment"):
        moved = (first - experiment.set_index("sirna")["plate"]) % 4
        assert moved.nunique() == 1
        shifts.add(int(moved.iloc[0]))
    assert len(shifts) > 1
    assert (rows.groupby(["experiment", "plate"]).size() == 5).all()


def test_every_plate_has_the_same_controls(small: Mapping[str, pd.DataFrame]) -> None:
    wells = small["wells.parquet"]
    controls = wells[wells["role"] == "control"]
    assert (controls.groupby(["experiment", "plate"])["control"].agg(sorted).map(tuple).nunique()) == 1
    assert controls.groupby(["experiment", "plate"]).size().tolist() == [7] * 60
    assert set(controls["control"]) == {str(code) for code in range(60, 67)}
    assert (wells.loc[wells["role"] == "treatment", "control"] == "").all()


def test_controls_are_labelled_in_every_experiment(small: Mapping[str, pd.DataFrame]) -> None:
    labelled, controls = small["labelled.parquet"], small["controls.parquet"]
    assert set(controls["experiment"]) == set(small["wells.parquet"]["experiment"])
    pd.testing.assert_frame_equal(
        labelled[labelled["role"] == "treatment"].drop(columns="role").reset_index(drop=True), small["train.parquet"]
    )
    pd.testing.assert_frame_equal(labelled[labelled["role"] == "control"].reset_index(drop=True), controls)
    named = small["wells.parquet"].set_index("id_code")["control"].loc[controls["id_code"]]
    assert named.astype(int).tolist() == controls["sirna"].tolist()


def test_two_sites_of_a_well_share_what_is_the_wells() -> None:
    many = RxRx1Sites("many", (("A", 6, 2),), n_per_group=40, n_controls=1, n_dims=30, missing=0.0)
    tables, one = many.tables(0), RxRx1("one", *(getattr(many, field.name) for field in fields(many)[1:6])).tables(0)
    wells = tables["wells.parquet"]
    assert wells.groupby("id_code")["site"].agg(list).map(tuple).unique().tolist() == [(1, 2)]
    assert tables["train_sites.parquet"].groupby("id_code").size().unique().tolist() == [2]
    pd.testing.assert_frame_equal(tables["train.parquet"], one["train.parquet"])
    values = wells.filter(regex=r"^f\d+$").to_numpy().reshape(-1, 2, 30)
    gain = np.exp(2 * 0.3**2)
    # Half of the noise's variance (9) is a site's own: a difference of two has 9 of it.
    assert np.isclose(np.diff(values, axis=1).var(), 9 * gain, rtol=0.05)
    # Each site alone is as noisy as the well of the other design.
    own = one["wells.parquet"].filter(regex=r"^f\d+$").to_numpy()
    plates = wells["experiment"].iloc[::2] + wells["plate"].iloc[::2].astype(str)
    spread = [pd.DataFrame(v).groupby(plates.to_numpy()).std().to_numpy() ** 2 for v in (values[:, 0], own)]
    assert np.isclose(spread[0].mean(), spread[1].mean(), rtol=0.05)


def test_training_and_test_rows_share_no_experiment(small: Mapping[str, pd.DataFrame]) -> None:
    train, test = small["train.parquet"], small["test.parquet"]
    assert train.groupby("cell_type")["experiment"].nunique().to_dict() == {"HUVEC": 6, "RPE": 5}
    assert test.groupby("cell_type")["experiment"].nunique().to_dict() == {"HUVEC": 2, "RPE": 2}
    assert not set(train["experiment"]) & set(test["experiment"])
    assert "sirna" not in test
    assert "sirna" not in small["wells.parquet"]


def test_embeddings_hold_the_effects_that_were_planted() -> None:
    """Variances of the sums that the docstring names; a mean over an experiment's wells is its shift."""
    many = RxRx1("many", (("A", 20, 0), ("B", 20, 0)), n_per_group=20, n_controls=1, n_dims=40, missing=0.0)
    tables = many.tables(0)
    rows = tables["train.parquet"].merge(tables["wells.parquet"].drop(columns=["experiment", "plate"]), on="id_code")
    features = [f"f{place:02d}" for place in range(40)]
    of_plate = rows.groupby(["experiment", "plate"])[features].transform("mean")
    assert np.isclose(rows.groupby("experiment")[features].mean().to_numpy().std(), np.hypot(3, 0.5), rtol=0.1)
    within = rows[features] - of_plate
    # Effects 1 + 1 and noise 9, times the mean square of a log-normal gain; a group's mean takes a twentieth of it.
    assert np.isclose((within.to_numpy() ** 2).mean(), 11 * np.exp(2 * 0.3**2) * 0.95, rtol=0.05)
    by_type = within.groupby([rows["sirna"], rows["cell_type_x"]]).mean()
    assert np.isclose(by_type.to_numpy().var(), (2 + 9 / 20) * np.exp(0.3**2), rtol=0.15)
    common = by_type.groupby(level=0).mean()
    assert np.isclose(common.to_numpy().var(), (1.5 + 9 / 40) * np.exp(0.3**2), rtol=0.15)


def test_the_seed_decides(small: Mapping[str, pd.DataFrame]) -> None:
    again, other = SMALL.tables(0), SMALL.tables(1)
    for name, table in small.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert not small["wells.parquet"].equals(other["wells.parquet"])
    assert "60 classes, 15 experiments" in SMALL.describe(small)
