from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import SCENARIOS
from kit.data.simulate.scenarios import Digits
from kit.data.simulate.scenarios.digits import draw_labelled
from kit.errors import InputError

KEYS = ["draw", "image"]


def test_three_digits_are_labelled_and_all_others_are_not() -> None:
    tables = SCENARIOS["digits-three"].tables(0)
    rows, others = tables["train.parquet"], tables["unlabelled.parquet"]
    assert set(rows["digit"]) == {3, 5, 8}
    counts = rows.groupby("draw")["side"].value_counts().unstack()
    assert counts["train"].tolist() == [45] * 10
    assert counts["validation"].tolist() == [15] * 10
    assert "digit" not in others
    labelled = rows[rows["side"] != "rest"]
    assert not labelled[KEYS].merge(others[KEYS]).size
    assert others.groupby("draw").size().eq(1797 - 60).all()
    # Every draw is another, and a seed draws others.
    first, second = (set(labelled.loc[labelled["draw"] == draw, "image"]) for draw in (0, 1))
    assert first != second
    again = SCENARIOS["digits-three"].tables(1)["train.parquet"]
    assert set(again.loc[(again["draw"] == 0) & (again["side"] != "rest"), "image"]) != first


def test_pixels_are_those_of_the_image_wherever_it_stands() -> None:
    tables = Digits("some", n_draws=2).tables(0)
    together = tables["train.parquet"].merge(tables["unlabelled.parquet"], on="image", suffixes=("", "_there"))
    pixels = [f"p{place:02d}" for place in range(64)]
    assert len(together) > 100
    assert np.array_equal(together[pixels], together[[f"{name}_there" for name in pixels]])
    assert tables["train.parquet"][pixels].to_numpy().max() == 16


@pytest.mark.parametrize("name", ["digits-fifty", "digits-one-shot"])
def test_all_images_teach_every_draw(name: str) -> None:
    tables = SCENARIOS[name].tables(0)
    assert len(tables["unlabelled.parquet"]) == 1797
    assert "draw" not in tables["unlabelled.parquet"]
    assert len(tables["train.parquet"]) == 17970


def test_one_shot_has_one_image_of_every_digit() -> None:
    rows = SCENARIOS["digits-one-shot"].tables(0)["train.parquet"]
    shots = rows[rows["side"] == "train"].groupby(["draw", "digit"]).size()
    assert len(shots) == 100
    assert shots.eq(1).all()


def test_a_draw_needs_images_with_labels() -> None:
    images = pd.DataFrame({"image": ["a", "b", "c"], "kind": [0, 1, 1]})
    drawn = draw_labelled(images, "kind", 2, 1, 2, 0)
    assert list(drawn.columns) == ["draw", "image", "kind", "side"]
    assert drawn.groupby(["draw", "side"]).size().to_dict() == {
        (draw, side): n for draw in (0, 1) for side, n in (("train", 2), ("validation", 1))
    }
    with pytest.raises(InputError, match="more than the 3 with a label"):
        draw_labelled(images, "kind", 3, 1, 1, 0)
