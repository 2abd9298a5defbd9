"""Retrieval on real wells of Cell Painting, against the figures that were measured by other code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.metrics import MeanAveragePrecision, PercentReplicating, PrecisionAtR, label_significance
from tests.real_data import real_data


def test_a_plate_of_lincs_as_others_measured_it() -> None:
    """360 wells of 58 compounds; copairs finds 86.2 % of these."""
    wells = pd.read_csv(real_data("cell-painting") / "lincs_SQ00015054.csv.gz")
    wells = wells[wells["Metadata_pert_type"] == "trt"]
    vectors = wells.drop(columns=wells.filter(like="Metadata_")).to_numpy(dtype=np.float32)
    Y = pd.get_dummies(wells["Metadata_broad_sample"]).to_numpy(dtype=np.float32)
    assert Y.shape == (360, 58)
    assert MeanAveragePrecision()(Y, vectors) == pytest.approx(0.304, abs=5e-4)
    assert PrecisionAtR()(Y, vectors) == pytest.approx(0.276, abs=5e-4)
    assert PercentReplicating()(Y, vectors) == pytest.approx(50 / 58, abs=0.02)
    found = label_significance(Y, vectors, null="ranks")
    assert (found["q_value"] < 0.05).mean() == pytest.approx(50 / 58, abs=0.02)


def test_four_plates_of_cpjump1_as_others_measured_them() -> None:
    """302 compounds, 18 of them in eight wells and not four: their percent replicating was by draws of four for all."""
    files = sorted(real_data("cell-painting").glob("cpjump1_plate*.parquet"))
    wells = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    vectors = wells.filter(regex=r"^f\d+$").to_numpy(dtype=np.float32)
    Y = pd.get_dummies(wells["Metadata_pert_iname"]).to_numpy(dtype=np.float32)
    assert Y.shape == (1280, 302)
    assert MeanAveragePrecision()(Y, vectors) == pytest.approx(0.1395, abs=5e-5)
    assert PercentReplicating(size=4)(Y, vectors) == pytest.approx(0.272, abs=0.01)
