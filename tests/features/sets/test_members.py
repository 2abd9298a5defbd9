from __future__ import annotations

import numpy as np
import pandas as pd

from kit.features import MemberCodes, MultiHot
from kit.models.kernels import Linear, Tanimoto
from kit.sets import NOTHING, written_set


def rows(*sets: str) -> pd.DataFrame:
    return pd.DataFrame({"pair": [NOTHING if text == "-" else written_set(text.split(",")) for text in sets]})


TRAIN = rows("a,b", "c", "b,c", "-")


def test_members_are_ones() -> None:
    built = MultiHot("pair").fit(TRAIN)
    assert built.get_feature_names_out().tolist() == ["pair has a", "pair has b", "pair has c"]
    assert built.transform(TRAIN).tolist() == [[1, 1, 0], [0, 0, 1], [0, 1, 1], [0, 0, 0]]
    # The order of the members says nothing, and one that no training row has is left out.
    assert built.transform(rows("b,a", "a,new", "new")).tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_kernels_of_members_count_what_sets_share() -> None:
    X = MultiHot("pair").fit(TRAIN).transform(rows("a,b", "b,c", "c"))
    np.testing.assert_allclose(Linear().fit(X).matrix(X), [[2, 1, 0], [1, 2, 1], [0, 1, 1]])
    np.testing.assert_allclose(Tanimoto().fit(X).matrix(X), [[1, 1 / 3, 0], [1 / 3, 1, 1 / 2], [0, 1 / 2, 1]])


def test_codes_have_one_numbering_for_all_places() -> None:
    built = MemberCodes("pair").fit(TRAIN)
    assert built.transform(TRAIN).tolist() == [[0, 1], [2, -1], [1, 2], [-1, -1]]
    # What is unseen gives its place to what is known; a third known member finds none.
    assert built.transform(rows("a,new,c", "new", "a,b,c")).tolist() == [[0, 2], [-1, -1], [0, 1]]
    assert built.get_feature_names_out().tolist() == ["pair 1", "pair 2"]


def test_sets_without_any_member() -> None:
    assert MultiHot("pair").fit(rows("-", "-")).transform(TRAIN).shape == (4, 0)
    assert MemberCodes("pair").fit(rows("-")).transform(rows("a,b")).tolist() == [[-1]]
