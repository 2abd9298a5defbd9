from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kit.sets import BETWEEN, NOTHING, Entries, members_of, written_set

MEMBERS = st.lists(st.text("abc-1 ", min_size=1).map(str.strip).filter(bool), max_size=4)


@given(MEMBERS, st.randoms())
def test_a_set_has_one_text_whatever_the_order_and_number_of_its_members(members: list[str], chance: object) -> None:
    shuffled = list(members)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert written_set(shuffled + shuffled[:1]) == written_set(members)
    assert set(members_of(written_set(members))) == set(members)


def test_entries_are_the_members_of_every_row() -> None:
    entries = Entries.of([f"a{BETWEEN}b", NOTHING, "c"])
    assert entries.row.tolist() == [0, 0, 2]
    assert entries.member.tolist() == ["a", "b", "c"]


def test_no_entries_of_no_members() -> None:
    assert len(Entries.of([NOTHING]).member) == 0
