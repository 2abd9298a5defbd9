from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kit.training.sharing.claims import Claims, claimed_in, sharing

HOLDING = """\
import sys, time
from pathlib import Path
from kit.training.sharing.claims import Claims
with Claims.of(Path(sys.argv[1]), sys.argv[2]) as claims:
    print(claims.take("work"), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Claims, Claims]]:
    with ExitStack() as stack:
        yield stack.enter_context(Claims.of(tmp_path, "1/2")), stack.enter_context(Claims.of(tmp_path, "2/2"))


def test_work_is_had_by_one_until_it_is_given_back(two: tuple[Claims, Claims]) -> None:
    first, second = two
    assert first.take("work")
    assert not second.take("work")
    assert second.take("other work")
    assert first.take("work"), "who has it may take it again"
    first.give_back("work")
    assert second.take("work")
    assert not first.take("work")


def test_nothing_is_left_beside_the_claims(two: tuple[Claims, Claims], tmp_path: Path) -> None:
    first, second = two
    assert first.take("work")
    assert not second.take("work")
    claims, _ = claimed_in(tmp_path)
    assert [path.name for path in claims.iterdir()] == ["work"]
    first.give_back("work")
    assert not list(claims.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("name", ["2/2", "3/3"])
def test_the_claim_of_a_killed_process_counts_for_nothing(tmp_path: Path, name: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path), name], stdout=subprocess.PIPE, text=True)
    with Claims.of(tmp_path, "1/2") as claims:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "True\n"
            assert not claims.take("work")
            assert len(sharing(tmp_path)) == 2
        finally:
            process.kill()
            process.wait()
        assert len(sharing(tmp_path)) == 1
        assert claims.take("work")
    assert sharing(tmp_path) == []


def test_a_process_of_the_same_name_takes_over_where_nobody_can_say_whether_the_other_lives(
    tmp_path: Path, two: tuple[Claims, Claims]
) -> None:
    first, second = two
    claims, present = claimed_in(tmp_path)
    elsewhere = {"name": "elsewhere-1-0000", "host": "elsewhere", "pid": 1, "process": "1/2"}
    (claims / "work").write_text(json.dumps(elsewhere))
    (present / "elsewhere-1-0000.lock").touch()
    assert not second.take("work")
    assert first.take("work")


def test_what_is_no_claim_keeps_nobody(tmp_path: Path, two: tuple[Claims, Claims]) -> None:
    claims, _ = claimed_in(tmp_path)
    (claims / "work").write_text("half of a cl")
    assert two[0].take("work")
    assert not two[1].take("work")


def test_without_links_a_claim_is_still_one(two: tuple[Claims, Claims], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: object, target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert two[0].take("work")
    assert not two[1].take("work")
