from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import get_simulated
from kit.data.simulate.scenarios import CellPainting

FEATURES = [f"f{place}" for place in range(8)]


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return dict(CellPainting("cells", n_compounds=30, n_controls=10, n_cells=300).tables(0))


def of_compounds(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the cells of treated wells, standardised within their plate by untreated wells, with their compound."""
    cells = tables["cells.parquet"]
    controls = cells[cells["role"] == "control"].groupby("plate")
    plates = cells["plate"]
    cells = cells.assign(
        **{
            name: (cells[name] - plates.map(controls[name].mean())) / plates.map(controls[name].std())
            for name in FEATURES
        }
    )
    return cells.merge(tables["wells.csv"], on=["plate", "well"])


def test_every_compound_is_once_on_every_plate_and_wells_have_few_cells_or_many(
    tables: dict[str, pd.DataFrame],
) -> None:
    wells, cells = tables["wells.csv"], tables["cells.parquet"]
    assert (wells.groupby(["plate", "compound"]).size() == 1).all()
    assert len(wells) == 4 * 30
    assert wells.groupby("compound")["well"].nunique().max() == 4  # another place on every plate
    counts = cells[cells["role"] == "treatment"].groupby(["plate", "well"]).size()
    assert (wells.set_index(["plate", "well"])["cells"].sort_index() == counts.sort_index()).all()
    assert counts.max() > 10 * counts.min()
    assert cells[cells["role"] == "control"].groupby("plate")["well"].nunique().tolist() == [10] * 4


def test_plates_shift_and_scale_untreated_cells(tables: dict[str, pd.DataFrame]) -> None:
    cells = tables["cells.parquet"]
    controls = cells[cells["role"] == "control"].groupby("plate")[FEATURES]
    assert controls.mean().std().mean() > 0.5
    assert controls.std().std().mean() > 0.05


def test_compounds_differ_in_covariance_and_every_second_one_in_its_mean(tables: dict[str, pd.DataFrame]) -> None:
    """Compounds' means over plates, against the plates' differences within a compound."""
    cells = of_compounds(tables)
    means = cells.groupby(["compound", "plate"])[FEATURES].mean()
    spread = means.groupby("compound").mean().abs().mean(axis=1).to_numpy()
    assert spread[0::2].mean() > 2 * spread[1::2].mean()
    products = pd.Series((cells["f0"] - cells["f0"].mean()) * (cells["f1"] - cells["f1"].mean()), name="product")
    by_well = products.groupby([cells["compound"], cells["plate"]]).mean().unstack()
    assert by_well.mean(axis=1).std() > 1.5 * by_well.std(axis=1).mean() / np.sqrt(4)


def test_a_small_one_is_small_and_a_seed_is_another_screen() -> None:
    small = get_simulated("cell-painting-small")
    assert isinstance(small, CellPainting)
    tables = small.tables(0)
    assert len(tables["cells.parquet"]) < 60_000
    assert "24 compounds on 4 plates" in small.describe(tables)
    assert not tables["wells.csv"].equals(small.tables(1)["wells.csv"])
    assert tables["wells.csv"].equals(small.tables(0)["wells.csv"])
