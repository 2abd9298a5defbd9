from __future__ import annotations

import pytest

from kit.cache import parse_size, shown_size
from kit.errors import InputError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("512", 512),
        ("20 GB", 20 * 10**9),
        ("1.5GiB", 3 * 2**29),
        (" 800 mb ", 800 * 10**6),
        (".5 kB", 500),
        ("2TB", 2 * 10**12),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text, "it") == size


@pytest.mark.parametrize("text", ["", "GB", "-1 GB", "20 GG", "1e3", "nan", "20 G B", f"{'9' * 400} GB"])
def test_what_is_no_size_is_told(text: str) -> None:
    with pytest.raises(InputError, match=r"KIT_CACHE_LIMIT: .* is no size; give a number and .*'20 GB'"):
        parse_size(text, "KIT_CACHE_LIMIT")


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (999_960, "1.0 MB"), (20 * 10**9, "20.0 GB")]
)
def test_sizes_are_shown(size: int, shown: str) -> None:
    assert shown_size(size) == shown
