"""What a process takes on of the work of a run: all of it, or its part beside other processes."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kit.errors import InputError
from kit.files import digest
from kit.training.planning.plan import Plan
from kit.training.planning.tasks import Output, Task
from kit.training.sharing.claims import Claims

_LOOK_SECONDS = 0.5
"""How often a process that waits for others looks whether they are done."""

Work = TypeVar("Work", Task, Output)
"""A fit, or the joining of a stage's predictions."""


class Share(Protocol):
    """Interface of what decides which work of a run this process does."""

    def take(self, missing: Sequence[Work]) -> list[Work]:
        """Return what this process is to do now of the work that is not done; nothing where others do all of it."""

    def give_back(self, taken: Sequence[Work]) -> None:
        """Say that work taken on is done, or will not be."""

    def wait(self) -> None:
        """Let a little time pass in which others work."""


class Everything:
    """All work, which is this process's alone."""

    def take(self, missing: Sequence[Work]) -> list[Work]:
        """Return all of it."""
        return list(missing)

    def give_back(self, taken: Sequence[Work]) -> None:
        """Do nothing."""

    def wait(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Shard:
    """One of several processes that carry out a run together.

    Attributes:
        number: Which one, from 1.
        of: How many there are.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read what is written ``2/4``.

        Raises:
            InputError: It is something else.
        """
        found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise InputError(f"shard {text!r}: expected i/n with 1 <= i <= n, such as 2/4, the second of four")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def file(self) -> str:
        """The shard in the name of a file."""
        return f"{self.number}-of-{self.of}"


class SharedWork:
    """The part of a shard: every n-th fit of the plan, then what nobody else has taken on.

    Others' fits are taken on when the own ones are done, a few at a time: a shard that has died, or that never began
    since the queue had no room for it, keeps nobody waiting.

    Args:
        shard: The shard.
        plan: The plan of the run.
        claims: Its claims.
        at_once: How many fits of others it takes on at a time.
    """

    def __init__(self, shard: Shard, plan: Plan, claims: Claims, at_once: int) -> None:
        self._claims, self._at_once = claims, at_once
        order = {task.path: index for index, task in enumerate(plan.tasks)}
        # From the first task of the shard on and round, so that helpers do not all come to the same one.
        self._turn = {path: (index - shard.number + 1) % shard.of for path, index in order.items()}

    def take(self, missing: Sequence[Work]) -> list[Work]:
        """Return the own work that can be had; where there is none, a little of that of others."""
        own = [work for work in missing if self._turn.get(work.path) == 0]
        if taken := [work for work in own if self._claims.take(_claimed(work))]:
            return taken
        for work in sorted(missing, key=lambda work: self._turn.get(work.path, 0)):
            if len(taken) < self._at_once and self._claims.take(_claimed(work)):
                taken.append(work)
        return taken

    def give_back(self, taken: Sequence[Work]) -> None:
        """Let go of the claims."""
        for work in taken:
            self._claims.give_back(_claimed(work))

    def wait(self) -> None:
        """Sleep for half a second."""
        time.sleep(_LOOK_SECONDS)


def _claimed(work: Task | Output) -> str:
    """Return the name of the claim on work: of its place and its content."""
    return digest([str(work.path), work.key])[:32]
