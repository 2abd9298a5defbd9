"""The drawn pairs have the counts of the design, whatever the seed."""

from __future__ import annotations

from collections import Counter

import pytest

from kit.data.simulate import COMPOUNDS, DESIGNS
from kit.data.simulate.layout import draw_layout

OPEN_PROBLEMS, DEMO = DESIGNS["open-problems"], DESIGNS["demo"]
SEEDS = (0, 1, 2, 12345)


@pytest.mark.parametrize("seed", SEEDS)
def test_open_problems_has_the_counts_of_the_competition(seed: int) -> None:
    layout = draw_layout(OPEN_PROBLEMS, seed)
    names = [cell_type.name for cell_type in OPEN_PROBLEMS.cell_types]
    train = Counter(names[c] for c, _ in layout.train)
    assert train == {
        "NK cells": 146,
        "T cells CD4+": 146,
        "T cells CD8+": 142,
        "T regulatory cells": 146,
        "B cells": 17,
        "Myeloid cells": 17,
    }
    assert Counter(names[c] for c, _ in layout.test) == {"B cells": 128, "Myeloid cells": 127}
    # How many compounds have how many training rows: four miss CD8, two of them anchors.
    assert Counter(Counter(d for _, d in layout.train).values()) == {4: 127, 6: 15, 5: 2, 3: 2}
    assert Counter(Counter(d for _, d in layout.test).values()) == {2: 126, 1: 3}
    assert len({d for _, d in layout.test}) == 129
    missing = {d for _, d in layout.train} - {d for c, d in layout.train if names[c] == "T cells CD8+"}
    missing_anchors = {layout.compounds[d].name for d in missing & set(layout.anchors)}
    assert missing_anchors == {"Alvocidib", "Oprozomib"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("design", [OPEN_PROBLEMS, DEMO], ids=lambda design: design.name)
def test_hidden_cell_types_train_on_the_anchors_and_hide_the_rest(design, seed: int) -> None:
    layout = draw_layout(design, seed)
    anchors = set(layout.anchors)
    assert len(anchors) == design.n_anchors
    assert len(layout.compounds) == design.n_compounds == len(set(layout.compounds))
    assert set(design.named_anchors) <= {layout.compounds[d].name for d in anchors}
    for c, cell_type in enumerate(design.cell_types):
        trained = {d for c_row, d in layout.train if c_row == c}
        assert (trained == anchors) == cell_type.hidden
    assert not anchors & {d for _, d in layout.test}
    assert len(set(layout.train) | set(layout.test)) == len(layout.train) + len(layout.test)


def test_hidden_rows_are_sorted_by_name_within_a_cell_type() -> None:
    layout = draw_layout(OPEN_PROBLEMS, 3)
    keys = [(c, layout.compounds[d].name) for c, d in layout.test]
    assert keys == sorted(keys)


def test_anchors_spread_over_the_mechanisms() -> None:
    layout = draw_layout(OPEN_PROBLEMS, 0)
    named = {compound.mechanism for compound in COMPOUNDS if compound.name in OPEN_PROBLEMS.named_anchors}
    covered = {layout.compounds[d].mechanism for d in layout.anchors}
    assert len(covered) == len(named) + OPEN_PROBLEMS.n_anchors - len(OPEN_PROBLEMS.named_anchors)


def test_most_compounds_have_company_of_their_mechanism() -> None:
    layout = draw_layout(DEMO, 0)
    members = Counter(compound.mechanism for compound in layout.compounds)
    assert sum(count == 1 for count in members.values()) <= 1


def test_another_seed_draws_other_compounds() -> None:
    assert draw_layout(DEMO, 0).compounds != draw_layout(DEMO, 1).compounds
    assert draw_layout(DEMO, 0) == draw_layout(DEMO, 0)
