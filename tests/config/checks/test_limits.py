"""Counts beyond all reason are refused at once, and the message names the limit."""

from __future__ import annotations

import pytest

from kit.config import load_recipe
from kit.config.checks.limits import MOST_FITS, MOST_PLUGINS
from kit.config.layers.extends import MOST_FILES
from kit.config.text import yaml_file
from kit.config.text.yaml_file import DEEPEST, MOST_BYTES
from kit.errors import ConfigError
from tests.config.conftest import Write

HEAD = "extends: competition.yaml\nfeatures: {c: {kind: one_hot, params: {columns: [a]}}}\n"
STAGE = "stages: {t: {models: {m: ridge}}}\nmodels: {m: ridge}\n"


def bomb(levels: int) -> str:
    """Return aliases of aliases: 10 to the power of ``levels`` values in some lines."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        (f"{HEAD}models: {{m: ridge}}\nrepeats: 100000000000\n", 4, f"{MOST_FITS:,}"),
        (f"{HEAD}models:\n  m: {{kind: ridge,\n    repeats: {MOST_FITS + 1}}}\n", 5, f"{MOST_FITS:,}"),
        (f"{HEAD}{STAGE}pseudo_labels:\n  stage: t\n  rounds: 9000000\n", 7, f"{MOST_FITS:,}"),
        (f"{HEAD}models: {{a: ridge, b: ridge}}\nrepeats: {MOST_FITS // 2 + 1}\n", 4, f"{MOST_FITS:,}"),
        (f"{HEAD}models: {{m: ridge}}\n{bomb(10)}\n", None, f"{1_000:,} values"),
        (
            f"{HEAD}models: {{m: ridge}}\nx: &x {{y: 1}}\n<<: [{','.join(['*x'] * 1_000)}]\n",
            5,
            f"{1_000:,}",
        ),
        (f"models: {'[' * 3000}{']' * 3000}\n", 1, str(DEEPEST)),
        ("".join(f"{' ' * i}a:\n" for i in range(200)), DEEPEST, str(DEEPEST)),
        (f"# {'x' * MOST_BYTES}\n", None, f"{MOST_BYTES:,}"),
    ],
    ids=[
        "repeats",
        "repeats of a model",
        "rounds",
        "models times repeats",
        "aliases",
        "merges",
        "brackets",
        "blocks",
        "bytes",
    ],
)
def test_refused(text: str, line: int | None, expected: str, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "MOST_VALUES", 1_000)
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(text))
    message = str(caught.value)
    assert expected in message
    assert len(message) < 2000
    if line is not None:
        assert any(one.startswith(f"recipe.yaml:{line}:") and expected in one for one in message.splitlines())


def test_blocks_that_name_blocks_are_counted_wherever_they_are_named(write: Write) -> None:
    blocks = [f"  b{i}: {{kind: stack, params: {{parts: [b{i + 1}, b{i + 1}]}}}}\n" for i in range(30)]
    text = (
        "extends: competition.yaml\nfeatures:\n" + "".join(blocks) + "  b30: {kind: one_hot, params: {columns: [a]}}\n"
    )
    with pytest.raises(ConfigError, match=rf"more than {MOST_PLUGINS:,} plug-ins"):
        load_recipe(write(f"{text}models: {{m: {{kind: ridge, features: [b0]}}}}\n"))


def test_a_long_row_of_blocks_is_refused_and_no_traceback(write: Write) -> None:
    blocks = [f"  b{i}: {{kind: stack, params: {{parts: [b{i + 1}]}}}}\n" for i in range(400)]
    text = (
        "extends: competition.yaml\nfeatures:\n" + "".join(blocks) + "  b400: {kind: one_hot, params: {columns: [a]}}\n"
    )
    with pytest.raises(ConfigError, match="blocks that name each other in a row"):
        load_recipe(write(f"{text}models: {{m: {{kind: ridge, features: [b0]}}}}\n"))


def test_files_that_extend_files_are_counted_wherever_they_are_named(write: Write) -> None:
    others = {f"f{i}": f"extends: [f{i + 1}.yaml, f{i + 1}.yaml]\n" for i in range(20)}
    path = write("extends: f0.yaml\n", **others, f20="extends: competition.yaml\n")
    with pytest.raises(ConfigError, match=f"more than {MOST_FILES} files"):
        load_recipe(path)
