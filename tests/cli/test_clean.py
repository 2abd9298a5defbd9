"""Removing what nobody needs; never without asking."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from kit.cleaning import KINDS
from kit.cli.clean import Kind
from tests.cleaning.test_leftovers import make_run
from tests.cli.conftest import Kit, is_wrong_input


@pytest.fixture
def out(tmp_path: Path) -> Path:
    make_run(tmp_path, "one-00000001", finished=1.0)
    make_run(tmp_path, "one-00000002", finished=2.0)
    make_run(tmp_path, "cut-00000001", finished=None)
    return tmp_path


def runs(out: Path) -> set[str]:
    return {path.name for path in (out / "demo" / "runs").iterdir()}


EVERY = {"one-00000001", "one-00000002", "cut-00000001"}


def answering(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the command believe that somebody sits at a terminal and types this."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    monkeypatch.setattr("kit.cli.output.is_terminal", lambda stream: True)


def test_without_a_terminal_it_only_lists(kit: Kit, out: Path) -> None:
    result = kit("clean", "--out", out)
    assert result.code == 0
    assert "one-00000001" in result.out
    assert "1 file or folder may go, which frees 0.0 MiB" in result.out
    assert "only by name: unfinished (1, 0.0 MiB)" in result.out
    assert "--yes removes it" in result.err
    assert runs(out) == EVERY


def test_a_dry_run_removes_nothing(kit: Kit, out: Path) -> None:
    assert kit("clean", "--out", out, "--dry-run", "--yes").code == 0
    assert runs(out) == EVERY


@pytest.mark.parametrize(("answer", "left"), [("n\n", EVERY), ("\n", EVERY), ("y\n", EVERY - {"one-00000001"})])
def test_it_asks(kit: Kit, out: Path, answer: str, left: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    answering(answer, monkeypatch)
    result = kit("clean", "--out", out)
    assert result.code == 0
    assert "Remove it?" in result.out + result.err
    assert runs(out) == left


def test_yes_removes_the_kinds_that_are_named(kit: Kit, out: Path) -> None:
    result = kit("clean", "unfinished", "--out", out, "--yes")
    assert result.code == 0
    assert result.out.endswith("removed 1 file or folder\n")
    assert runs(out) == EVERY - {"cut-00000001"}


def test_where_there_is_nothing_it_says_so(kit: Kit, tmp_path: Path) -> None:
    result = kit("clean", "--out", tmp_path / "absent", "--yes")
    assert (result.code, result.err) == (0, "")
    assert "0 files and folders may go" in result.out


def test_an_unknown_kind(kit: Kit, out: Path) -> None:
    assert is_wrong_input(kit("clean", "everything", "--out", out, "--yes"))
    assert runs(out) == EVERY


def test_the_kinds_of_the_command_are_those_there_are() -> None:
    assert [kind.value for kind in Kind] == list(KINDS)
