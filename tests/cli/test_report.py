"""``kit report``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.cli.report import page_at_end
from tests.cli.conftest import Finished, Kit


def test_a_page_of_the_findings(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = kit("report", finished.run, "-o", page)
    assert result.code == 0, result.err
    html = page.read_text(encoding="utf-8")
    findings = [line.removeprefix("* ") for line in result.out.splitlines() if line.startswith("* ")]
    assert len(findings) >= 5
    assert all(line.replace("'", "&#39;") in html for line in findings)
    assert f"report: {page}" in result.out


def test_the_same_content_for_programs(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = kit("report", finished.run, "-o", page, "--json")
    assert result.code == 0, result.err
    content = json.loads(result.out)
    assert content["sections"][0]["key"] == "leaderboard"
    assert content["report"] == str(page)


def test_tables_that_are_gone_are_said(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    assert kit("report", finished.run, "--data", tmp_path / "nowhere").code == 2


def test_wrong_places(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    assert "there is no folder" in kit("report", finished.run, "-o", tmp_path / "no" / "page.html").err
    assert "is a folder" in kit("report", finished.run, "-o", tmp_path).err
    assert kit("report", tmp_path).code == 2


def test_a_page_that_cannot_be_written_fails_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What has just finished stays so; where its page is missing is said on one line."""

    def fail(file: Path) -> None:
        raise ZeroDivisionError("a figure\nof nothing")

    assert page_at_end(tmp_path, fail) is None
    assert capsys.readouterr() == (
        "",
        f"warning: the report was not written (a figure of nothing); `kit report {tmp_path}` tries again\n",
    )
    assert page_at_end(tmp_path, lambda file: file.touch()) == tmp_path / "report.html"
