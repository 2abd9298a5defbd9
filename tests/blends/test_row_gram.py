from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from kit.blends import ByScore, Greedy, LearntBlend, LeastMRRMSE, NonNegative, RowGram
from kit.errors import InputError
from tests.blends.planted import mixed, planted


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_every_weighted_sum_has_the_errors_of_the_wide_one(weights: list[float]) -> None:
    members, Y = planted({"a": 0.2, "b": 1.0, "c": 3.0}, n_rows=7, n_targets=11)
    blend = mixed(members, dict(zip("abc", weights, strict=True)))
    expected = np.sqrt(np.mean((Y - blend) ** 2, axis=1))
    np.testing.assert_allclose(RowGram.of(members, Y).row_errors(weights), expected, rtol=1e-9, atol=1e-9)


def test_gaps_count_in_no_product() -> None:
    members, Y = planted({"a": 0.2, "b": 1.0}, n_rows=7, n_targets=11)
    Y = Y.copy()
    Y[0, :4] = Y[3, 2:] = np.nan
    weights = [0.3, 0.9]
    blend = mixed(members, dict(zip("ab", weights, strict=True)))
    gram = RowGram.of(members, Y)
    expected = np.sqrt(np.nanmean((Y - blend) ** 2, axis=1))
    np.testing.assert_allclose(gram.row_errors(weights), expected, rtol=1e-9)
    of_member = np.sqrt(np.nanmean((Y - members["a"]) ** 2, axis=1))
    np.testing.assert_allclose(gram.member_errors()[:, 0], of_member, rtol=1e-6)
    # Joined with rows that lack nothing, taken apart, and of some members.
    whole = RowGram.of({name: matrix[1:3] for name, matrix in members.items()}, Y[1:3])
    joined = RowGram.join([whole, gram]).select_rows(np.arange(2, 9)).select(["b"])
    np.testing.assert_allclose(joined.member_errors()[:, 0], gram.member_errors()[:, 1], rtol=1e-12)


@pytest.mark.parametrize("blend", [LeastMRRMSE(), Greedy(), NonNegative(), ByScore()], ids=str)
def test_weights_are_learnt_from_what_was_measured(blend: LearntBlend) -> None:
    """Whatever is predicted in gaps changes nothing, and the better member has the greater weight."""
    members, Y = planted({"a": 0.2, "b": 1.0}, n_rows=30, n_targets=20)
    gaps = np.random.default_rng(0).random(Y.shape) < 0.3
    gapped = np.where(gaps, np.float32(np.nan), Y)
    weights = clone(blend).fit(members, gapped).weights_
    other = {name: np.where(gaps, np.float32(99), matrix) for name, matrix in members.items()}
    np.testing.assert_allclose(clone(blend).fit(other, gapped).weights_, weights, rtol=1e-6)
    assert weights[0] > weights[1]


def test_a_member_that_is_nearly_right_loses_nothing_to_cancellation() -> None:
    Y = np.full((1, 4), 1e4, dtype=np.float32)
    near = Y + np.float32(2**-9)
    gram = RowGram.of({"near": near}, Y)
    assert gram.row_errors([1.0])[0] == gram.member_errors()[0, 0] == 2**-9


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    members, Y = planted({"a": 0.2, "b": 1.0}, n_rows=9)
    whole = RowGram.of(members, Y).products
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 300)
    np.testing.assert_allclose(RowGram.of(members, Y).products, whole, rtol=1e-12)


def test_rows_and_members_can_be_taken() -> None:
    members, Y = planted({"a": 0.2, "b": 1.0, "c": 2.0}, n_rows=9)
    gram, rows = RowGram.of(members, Y), np.array([5, 1])
    taken = gram.select(["c", "a"]).select_rows(rows)
    own = RowGram.of({name: members[name][rows] for name in ("a", "c")}, Y[rows])
    assert taken.names == ("a", "c")
    np.testing.assert_allclose(taken.products, own.products, rtol=1e-12)
    joined = RowGram.join([gram.select_rows(np.arange(4)), gram.select_rows(np.arange(4, 9))])
    np.testing.assert_array_equal(joined.products, gram.products)
    assert len(joined) == 9


def test_teaches() -> None:
    members, Y = planted({"alpha": 0.2, "beta": 1.0})
    gram = RowGram.of(members, Y)
    with pytest.raises(InputError, match="needs the targets"):
        RowGram.of(members, None)
    with pytest.raises(InputError, match="expected 40 rows, got 39"):
        RowGram.of(members, Y[1:])
    with pytest.raises(InputError, match="holds nothing to learn from"):
        RowGram.of({"a": Y[:0]}, Y[:0])
    with pytest.raises(InputError, match=r"no member 'alpa' \(did you mean 'alpha'"):
        gram.select(["alpa"])
    with pytest.raises(InputError, match="at least one"):
        gram.select([])
    for parts in ([], [gram, gram.select(["beta"])]):
        with pytest.raises(InputError, match="can be joined"):
            RowGram.join(parts)
