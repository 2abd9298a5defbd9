"""The fewest cells that show every type often enough."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from kit.data.cells import covering_parts
from kit.errors import InputError


def make_cells(counts: np.ndarray, without: int = 0) -> pd.DataFrame:
    """Return a line a cell for (n_parts, n_classes) counts, and some without a label in every part."""
    records = [
        {"part": f"p{part}", "type": f"t{label}"}
        for (part, label), number in np.ndenumerate(counts)
        for _ in range(number)
    ]
    records += [{"part": f"p{part}", "type": None} for part in range(len(counts)) for _ in range(without)]
    return pd.DataFrame(records)


@pytest.mark.parametrize("n_parts", [1, 2])
def test_it_is_the_least_of_all_choices(n_parts: int) -> None:
    rng = np.random.default_rng(n_parts)
    counts = rng.poisson(rng.choice([0, 2, 8], (8, 4)))
    found = covering_parts(make_cells(counts, without=3), "type", ["part"], 12, n_parts)
    wanted = np.minimum(12, counts.sum(axis=0))
    spread = np.minimum(n_parts, (counts > 0).sum(axis=0))
    least = min(
        counts[list(chosen)].sum() + 3 * size
        for size in range(1, 9)
        for chosen in combinations(range(8), size)
        if (counts[list(chosen)].sum(axis=0) >= wanted).all()
        and ((counts[list(chosen)] > 0).sum(axis=0) >= spread).all()
    )
    assert found.parts["cells"].sum() == least
    assert (found.classes["cells"] >= wanted).all()
    assert (found.classes["parts"] >= spread).all()
    assert found.classes["of_cells"].tolist() == counts.sum(axis=0).tolist()


def test_a_rare_class_is_covered_as_far_as_it_goes() -> None:
    found = covering_parts(make_cells(np.array([[50, 0], [50, 2], [50, 0]])), "type", ["part"], 40)
    assert found.parts["part"].tolist() == ["p1"]
    assert found.classes["cells"].tolist() == [50, 2]


def test_wrong_columns_are_refused() -> None:
    cells = make_cells(np.array([[2, 1]]))
    with pytest.raises(InputError, match=r"no column 'typ' .did you mean 'type'"):
        covering_parts(cells, "typ", ["part"], 1)
    with pytest.raises(InputError, match="no cell has a label in column 'type'"):
        covering_parts(cells.assign(type=None), "type", ["part"], 1)
