"""Cells of shell commands and of files look as what they are, without the line that tells the notebook so."""

from __future__ import annotations

import re
from pathlib import PurePath

from docutils import nodes
from sphinx.application import Sphinx

LANGUAGES = {"": "text", ".csv": "text", ".py": "python", ".sh": "sh", ".yaml": "yaml"}


def show_shell_and_files(app: Sphinx, doctree: nodes.document) -> None:
    """Show cells that begin with `%%sh` as commands, and such that begin with `%%writefile NAME` as that file."""
    for block in list(doctree.findall(nodes.literal_block)):
        head, _, rest = block.rawsource.partition("\n") if block.rawsource else block.astext().partition("\n")
        found = re.fullmatch(r"%%(sh|writefile (\S+))", head)
        if found is None:
            continue
        name = found[2]
        block["language"] = "sh" if name is None else LANGUAGES[PurePath(name).suffix]
        block.rawsource = rest
        block.children = [nodes.Text(rest)]
        if name is not None:
            block.parent.insert(block.parent.index(block), nodes.paragraph("", name, classes=["file-name"]))
