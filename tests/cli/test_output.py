"""Printing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
import pytest

from kit.cli.output import is_terminal, note, one_line, say, show_table, terminal_width
from kit.errors import RunError

FRAME = pd.DataFrame({"member": ["zeros", "[red]"], "kind": ["floor", "model"], "score": [1.0, 0.25]})

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")


def test_results_and_notes_go_apart(capsys: pytest.CaptureFixture[str]) -> None:
    say("result")
    note("note")
    assert capsys.readouterr() == ("result\n", "note\n")


def test_a_table_elsewhere_than_on_a_terminal_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(FRAME, "Title", digits=2, sections="kind")
    assert capsys.readouterr().out == "Title\n  member  kind   score\n  zeros   floor   1.00\n  [red]   model   0.25\n"


def test_a_table_on_a_terminal_has_sections_and_no_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kit.cli.output.terminal_width", lambda: 80)
    show_table(FRAME, "A [bold] title", digits=2, sections="kind")
    expected = ["A [bold] title", "    member  score", "  floor", "    zeros    1.00", "  model", "    [red]    0.25"]
    assert capsys.readouterr().out.splitlines() == expected


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_reader_that_went_away_stops_the_lines_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        for name, write in (("stdout", say), ("stderr", note)):
            monkeypatch.setattr(sys, name, stream)
            for _ in range(3):
                write("x" * 100_000)


@needs_full
def test_a_result_that_cannot_be_written_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    stream = os.fdopen(descriptor, "w")
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(RunError, match="No space left"):
        say("result")
    _drop(stream, descriptor)


@needs_full
def test_a_note_that_cannot_be_written_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    stream = os.fdopen(descriptor, "w")
    monkeypatch.setattr(sys, "stderr", stream)
    note("note")
    _drop(stream, descriptor)


def test_closed_streams_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    say("result")
    note("note")
    assert not is_terminal(sys.stdout)
    assert terminal_width() is None


def _drop(stream: object, descriptor: int) -> None:
    """Let the rest of a buffer go nowhere, so that closing the stream does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x07", "\r", "\x00", "\x9b2J", "\u202e", "\x1b]0;owned\x07"])
def test_no_text_steers_the_terminal(
    sign: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame({f"a{sign}": [f"b{sign}c"], "n": [1.0]})
    say(f"x{sign}y\tz\n")
    note(f"x{sign}y")
    show_table(frame, f"t{sign}")
    monkeypatch.setattr("kit.cli.output.terminal_width", lambda: 80)
    show_table(frame, f"t{sign}")
    shown = "".join(capsys.readouterr())
    assert not set(sign) & set(shown) - set("[]0123mJ;owned")
    assert "\t" in shown
    assert one_line("two\nlines") == "two lines"
