from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.sets import members_of, written_set
from kit.splits import UnseenMembers

GENES = "abcdefghi"
SETS = [*GENES, *(written_set(pair) for pair in combinations(GENES, 2))]
ROWS = pd.DataFrame({"cell": ["T", "B"] * len(SETS), "pair": np.repeat(SETS, 2)})


def unseen(train: np.ndarray, row: int) -> int:
    known = {member for text in ROWS["pair"].iloc[train] for member in members_of(text)}
    return len(set(members_of(ROWS["pair"].iloc[row])) - known)


def test_validation_rows_have_as_many_unseen_members_as_the_fold_says() -> None:
    folds = UnseenMembers("pair", [0, 1, 2], random_state=1).folds(ROWS)
    assert [fold.name for fold in folds] == [f"{k} unseen, part {part}" for k in (0, 1, 2) for part in (1, 2, 3)]
    for fold in folds:
        assert {unseen(fold.train, row) for row in fold.validation} == {int(fold.name[0])}
        sets = ROWS["pair"]
        assert not set(sets.iloc[fold.train]) & set(sets.iloc[fold.validation])


def test_every_pair_is_validated_once_where_its_members_are_known() -> None:
    folds = UnseenMembers("pair", [0], random_state=1).folds(ROWS)
    held = np.concatenate([fold.validation for fold in folds])
    assert sorted(held) == [row for row, text in enumerate(ROWS["pair"]) if len(members_of(text)) == 2]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (ROWS, {"unseen": [3]}, "the largest set in 'pair' has 2"),
        (ROWS, {"unseen": [1], "n_splits": 10}, "only 9 members"),
        (ROWS[:18], {"unseen": [0]}, "only 0 sets of two members or more"),
        (ROWS, {"unseen": []}, "unseen"),
        (ROWS.assign(pair=None), {"unseen": [1]}, "has no 'pair'"),
    ],
)
def test_rows_that_do_not_allow_it(rows: pd.DataFrame, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        UnseenMembers("pair", **options).folds(rows)  # type: ignore[arg-type]
