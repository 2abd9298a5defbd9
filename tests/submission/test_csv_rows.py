from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kit.submission import csv_rows
from kit.submission.csv_rows import quoted, same_rows, write_rows

IDS = ["a,b", 'c"d', "e\nf"]
VALUES = np.array([[0.1, -2.5], [1e-30, 3e38], [-0.0, 7.0]], dtype=np.float32)


def text_of(ids: list[str], place: int, values: np.ndarray) -> bytes:
    file = io.BytesIO()
    write_rows(file, quoted(ids), place, values)
    return file.getvalue()


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("numbers", [1, 4, 2**18])
def test_rows_are_read_by_pythons_own_reader(place: int, numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "_NUMBERS", numbers)
    rows = list(csv.reader(io.StringIO(text_of(IDS, place, VALUES).decode(), newline="")))
    assert [row.pop(place) for row in rows] == IDS
    np.testing.assert_array_equal(np.array(rows, dtype=np.float64).astype(np.float32), VALUES)
    assert same_rows(io.BytesIO(text_of(IDS, place, VALUES)), quoted(IDS), place, VALUES)


@settings(max_examples=50, deadline=None)
@given(
    text=st.binary(min_size=1, max_size=1),
    at=st.integers(min_value=0),
    place=st.integers(0, 2),
    values=arrays(np.float32, (3, 2), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)),
)
def test_a_changed_byte_is_noticed(text: bytes, at: int, place: int, values: np.ndarray) -> None:
    written = bytearray(text_of(IDS, place, values))
    at %= len(written)
    changed = bytes(written[:at]) + text + bytes(written[at + 1 :])
    same = same_rows(io.BytesIO(changed), quoted(IDS), place, values)
    if changed == bytes(written):
        assert same
    elif same:  # another way to write the same numbers, as 1e5 and 1E5
        cells = list(csv.reader(io.StringIO(changed.decode(), newline="")))
        assert [row.pop(place) for row in cells] == IDS
        np.testing.assert_array_equal(np.array(cells, dtype=np.float64).astype(np.float32), values)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-1], lambda text: text + b"\n", lambda text: text[: -len(text) // 3]]
)
def test_rows_too_few_and_too_many_are_noticed(change: object) -> None:
    text = text_of(IDS, 0, VALUES)
    assert not same_rows(io.BytesIO(change(text)), quoted(IDS), 0, VALUES)  # type: ignore[operator]


def test_only_integers_that_lose_nothing_go_without_quotes() -> None:
    assert quoted(["1", "-2", "30"]) == [b"1", b"-2", b"30"]
    assert quoted(["1", "02"]) == [b'"1"', b'"02"']
    assert quoted(["1", 'x"y']) == [b'"1"', b'"x""y"']
