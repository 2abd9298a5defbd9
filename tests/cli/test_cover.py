"""``kit data cover``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Kit, is_wrong_input

CELLS = pd.DataFrame({"file": ["a", "a", "b", "b", "c"], "type": ["T", "B", "T", "T", "T"]})


def test_the_chosen_parts_are_written(kit: Kit, tmp_path: Path) -> None:
    CELLS.to_csv(tmp_path / "cells.csv", index=False)
    out = tmp_path / "chosen.csv"
    result = kit("data", "cover", tmp_path / "cells.csv", "--label", "type", "--by", "file", "--cells", "2", "-o", out)
    assert result.code == 0, result.err
    assert pd.read_csv(out).to_dict("list") == {"file": ["a", "c"], "cells": [2, 1]}
    assert "2 parts, 3 of 5 cells" in result.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--label", "typ", "--by", "file", "-o", "chosen.csv"), "no column 'typ' (did you mean 'type'?)"),
        (("--label", "type", "--by", "fil", "-o", "chosen.csv"), "no column 'fil' (did you mean 'file'?)"),
        (("--label", "type", "--by", "file", "-o", "chosen.parquet"), "expected the name of a .csv file"),
    ],
)
def test_what_cannot_be_is_refused(kit: Kit, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    CELLS.to_csv(tmp_path / "cells.csv", index=False)
    result = kit("data", "cover", tmp_path / "cells.csv", "--cells", "1", *options)
    assert is_wrong_input(result)
    assert message in result.err
