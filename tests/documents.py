"""The blocks of code in the repository's documents."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "competitions/**/*.md", "benchmarks/**/*.md", "submissions/*.md", "docs/*.md")
    for path in ROOT.glob(pattern)
)
"""What is written by hand: the pages in docs/catalogue are made from docstrings."""


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        document: The file.
        line: The line of its first line of code, counted from 1.
        language: What stands behind the fence.
        text: The code.
    """

    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(document: Path, language: str) -> list[Block]:
    """Return a document's blocks of one language, in order."""
    text = document.read_text(encoding="utf-8")
    return [
        Block(document, text[: found.start(1)].count("\n") + 1, language, found[1])
        for found in re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]


def fences(document: Path) -> list[tuple[int, str]]:
    """Return the line of every outermost fence of a document, counted from 1, and what stands behind it."""
    found, open_fence = [], ""
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        fence = re.match(r"(`{3,})(.*)", line)
        if fence is None:
            continue
        if not open_fence:
            open_fence = fence[1]
            found.append((number, fence[2].strip()))
        elif fence[1] == open_fence and not fence[2].strip():
            open_fence = ""
    return found


def commands(document: Path) -> list[list[str]]:
    """Return the words of each command of a document's shell blocks, as the shell hands them on."""
    lines = [line for block in blocks(document, "sh") for line in block.text.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [[part for word in command for part in braces(word)] for command in words if command]


def braces(word: str) -> list[str]:
    """Return what a shell makes of ``a/{b,c}.yaml``."""
    found = re.fullmatch(r"(.*)\{([^{}:]*,[^{}:]*)\}(.*)", word)
    return [word] if found is None else [f"{found[1]}{part}{found[3]}" for part in found[2].split(",")]
