from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.blends import Blend, ByScore, Greedy, Mean, Median, NonNegative, PerGroupBlend, RowGram, fits_on_gram
from kit.errors import InputError
from tests.blends.planted import Planted


def two_groups() -> tuple[Planted, np.ndarray]:
    """Return two members, each right for one group, and three rows of a group that is too small."""
    rng = np.random.default_rng(0)
    labels = np.array(["T"] * 20 + ["B"] * 20 + ["few"] * 3)
    Y, noise = rng.normal(size=(43, 30)), rng.normal(size=(2, 43, 30))
    right = {"for T": labels == "T", "for B": labels == "B"}
    members = {
        name: (Y + np.where(of, 0.1, 2.0)[:, None] * noise[place]).astype(np.float32)
        for place, (name, of) in enumerate(right.items())
    }
    return (members, Y.astype(np.float32)), labels


def test_each_group_is_blended_by_its_own() -> None:
    (members, Y), labels = two_groups()
    blend = PerGroupBlend(NonNegative(), min_rows=10).fit(members, Y, groups=labels)
    assert blend.groups_.tolist() == ["B", "T"]
    report = blend.report()
    assert report["groups"]["T"]["weights"]["for T"] > 0.95
    assert report["groups"]["B"]["weights"]["for B"] > 0.95
    combined = blend.combine(members, labels)
    for group in ("T", "B"):
        rows = labels == group
        own = NonNegative().fit({n: m[rows] for n, m in members.items()}, Y[rows])
        np.testing.assert_allclose(combined[rows], own.combine({n: m[rows] for n, m in members.items()}), rtol=1e-5)


def test_small_and_unseen_groups_fall_to_the_blend_on_all_rows() -> None:
    (members, Y), labels = two_groups()
    weights = np.where(labels == "few", 0.5, 1.0)
    blend = PerGroupBlend(NonNegative(), min_rows=10).fit(members, Y, weights, labels)
    overall = NonNegative().fit(members, Y, weights).combine(members)
    few = labels == "few"
    np.testing.assert_allclose(blend.combine(members, labels)[few], overall[few], rtol=1e-6)
    np.testing.assert_allclose(blend.combine(members, np.full(43, "unseen")), overall, rtol=1e-6)


def test_rows_without_weight_do_not_make_a_group() -> None:
    (members, Y), labels = two_groups()
    blend = PerGroupBlend(NonNegative(), min_rows=5).fit(members, Y, (labels != "T").astype(float), labels)
    assert blend.groups_.tolist() == ["B"]


def test_wraps_any_blend_and_itself() -> None:
    (members, Y), labels = two_groups()
    for inner in (Mean(), Median()):
        assert not fits_on_gram(PerGroupBlend(inner))
        combined = PerGroupBlend(inner).fit(members, Y, groups=labels).combine(members, labels)
        np.testing.assert_allclose(combined, inner.combine(members), rtol=1e-6)
        with pytest.raises(InputError, match="cannot be fitted on inner products"):
            PerGroupBlend(inner).fit_gram(RowGram.of(members, Y), None, labels)
    nested = PerGroupBlend(PerGroupBlend(ByScore(), min_rows=10), min_rows=10)
    once = PerGroupBlend(ByScore(), min_rows=10).fit(members, Y, groups=labels)
    assert fits_on_gram(nested)
    np.testing.assert_allclose(
        nested.fit(members, Y, groups=labels).combine(members, labels), once.combine(members, labels), rtol=1e-6
    )


def test_is_no_weighted_sum_and_saves(tmp_path: Path) -> None:
    (members, Y), labels = two_groups()
    blend = PerGroupBlend(Greedy(10), min_rows=10).fit(members, Y, groups=labels)
    assert blend.weights_of(members) is None
    blend.save(tmp_path / "blend")
    loaded = Blend.load(tmp_path / "blend")
    assert loaded.combine(members, labels).tobytes() == blend.combine(members, labels).tobytes()
    assert loaded.report() == blend.report()


def test_needs_groups() -> None:
    (members, Y), labels = two_groups()
    with pytest.raises(InputError, match="pass groups"):
        PerGroupBlend(NonNegative()).fit(members, Y)
    blend = PerGroupBlend(NonNegative()).fit(members, Y, groups=labels)
    with pytest.raises(InputError, match="pass groups"):
        blend.combine(members)
    with pytest.raises(InputError, match="each of 43 rows"):
        blend.combine(members, labels[1:])
