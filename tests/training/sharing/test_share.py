from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from kit.errors import InputError
from kit.training.planning.plan import Plan
from kit.training.sharing.claims import Claims
from kit.training.sharing.share import Everything, Shard, SharedWork
from tests.tiny import Tiny


@pytest.mark.parametrize("text", ["1/1", "2/4", " 4 / 4 "])
def test_a_shard_is_written_as_number_of_all(text: str) -> None:
    assert str(Shard.parse(text)) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "1/0", "-1/2", "a/b", "1/2/3", "1.5/2"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"expected i/n with 1 <= i <= n, such as 2/4"):
        Shard.parse(text)


@pytest.fixture(scope="module")
def plan(tiny: Tiny) -> Plan:
    return tiny.plan(tiny.standard())


@pytest.mark.parametrize("of", [1, 2, 4, 20])
def test_shards_that_work_at_once_do_all_work_between_them_and_nothing_twice(
    plan: Plan, tmp_path: Path, of: int
) -> None:
    with ExitStack() as stack:
        shares = []
        for number in range(1, of + 1):
            claims = stack.enter_context(Claims.of(tmp_path, f"{number}/{of}"))
            shares.append(SharedWork(Shard(number, of), plan, claims, at_once=1))
        taken = [share.take(plan.tasks) for share in shares]
    together = [task.path for tasks in taken for task in tasks]
    assert sorted(together) == sorted({task.path for task in plan.tasks})
    sizes = [len(tasks) for tasks in taken]
    assert max(sizes) - min(sizes) <= 1


def test_a_shard_whose_own_work_is_done_takes_a_little_of_what_nobody_has(plan: Plan, tmp_path: Path) -> None:
    with Claims.of(tmp_path, "1/3") as one, Claims.of(tmp_path, "2/3") as two:
        first, second = (SharedWork(Shard(n, 3), plan, claims, 2) for n, claims in ((1, one), (2, two)))
        own = first.take(plan.tasks)
        left = [task for task in plan.tasks if task not in own]
        first.give_back(own)
        assert len(second.take(left)) == 3
        # The third never came; the second works.
        help_ = first.take(left)
        assert len(help_) == 2
        first.give_back(help_)
        left = [task for task in left if task not in help_]
        assert len(first.take(left)) == 1
        assert first.take(left[:0]) == []


def test_alone_a_process_does_everything(plan: Plan) -> None:
    assert Everything().take(plan.tasks) == list(plan.tasks)
