"""A warning about the key texts that reading a table normalised."""

from __future__ import annotations

from collections.abc import Sequence

from kit.data.mistakes import count, some
from kit.data.tables.table import Table
from kit.values import as_number


def spelling_warnings(tables: Sequence[Table], columns: Sequence[str]) -> list[str]:
    """Return a warning for columns in which blanks were left out, or spellings of one value were brought together.

    Args:
        tables: The tables, whose columns were read with `Table.frame`.
        columns: The columns that are compared as text: ids, keys, categories.
    """
    found = []
    for name in dict.fromkeys(columns):
        forms: dict[str, set[str]] = {}
        for table in tables:
            for text, spelt in table.spellings.get(name, {}).items():
                forms.setdefault(text, set()).update(spelt)
        padded = sorted({form for spelt in forms.values() for form in spelt if form != form.strip()})
        if padded:
            found.append(f"{name}: blanks around {count(len(padded), 'value')} are left out: {some(padded)}")
        respelt = {text: sorted({form.strip() for form in spelt}) for text, spelt in forms.items()}
        changed = [text for text, written in respelt.items() if len(written) > 1 or not _is_plain(text, written[0])]
        if changed:
            written = respelt[changed[0]]
            more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
            found.append(
                f"{name}: {' and '.join(map(repr, written))} {'are' if len(written) > 1 else 'is'} read as "
                f"{changed[0]!r}{more}: one value whatever the file format"
            )
    return found


def _is_plain(text: str, written: str) -> bool:
    """Whether a text is written as everybody writes it: 10.0 for the number 10 is no news, 1E5 for 100000 may be."""
    return text == written or (as_number(written) is not None and "e" not in written.lower())
