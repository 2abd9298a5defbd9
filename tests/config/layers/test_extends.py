from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.config.layers.extends import merge, read_extended
from kit.config.layers.plugin_sites import normalise
from kit.config.text.origins import Origin
from kit.config.text.yaml_file import parse_yaml
from kit.errors import ConfigError


def merged(*texts: str) -> Any:
    nodes = []
    for text in texts:
        node = parse_yaml(text, lambda line: Origin(line=line))
        assert node is not None
        nodes.append(normalise(node))
    result = nodes[0]
    for node in nodes[1:]:
        result = merge(result, node)
    return result.plain()


def test_mappings_merge_deeply_and_lists_are_replaced() -> None:
    base = "data: {train: a, test: b}\nseed: 1\ncolumns: {keys: [a, b], group: a}"
    child = "data: {test: c}\ncolumns: {keys: [z]}"
    expected = {"data": {"train": "a", "test": "c"}, "seed": 1, "columns": {"keys": ["z"], "group": "a"}}
    assert merged(base, child) == expected


def test_a_changed_kind_leaves_the_inherited_params_behind() -> None:
    base = "models: {m: {kind: ridge, features: [a], params: {penalty: 3}}}"
    assert merged(base, "models: {m: {kind: lightgbm, params: {num_leaves: 7}}}") == {
        "models": {"m": {"kind": "lightgbm", "features": ["a"], "params": {"num_leaves": 7}}}
    }
    assert merged(base, "models: {m: lightgbm}") == {"models": {"m": {"kind": "lightgbm", "features": ["a"]}}}


def test_the_same_kind_keeps_the_inherited_params() -> None:
    base = "models: {m: {kind: lightgbm, params: {num_leaves: 7, bounds: [1, 2]}}}"
    assert merged(base, "models: {m: {kind: lightgbm, params: {num_leaves: 9}}}") == {
        "models": {"m": {"kind": "lightgbm", "params": {"num_leaves": 9, "bounds": [1, 2]}}}
    }


@pytest.mark.parametrize(
    ("base", "child", "blend"),
    [
        ("blend: median", "blend: {kind: median, params: {a: 1}}", {"kind": "median", "params": {"a": 1}}),
        ("blend: {kind: median, params: {a: 1}}", "blend: median", {"kind": "median", "params": {"a": 1}}),
        ("blend: {kind: weighted, params: {a: 1}}", "blend: median", {"kind": "median"}),
        ("blend: median", "blend: {params: {a: 1}}", {"kind": "median", "params": {"a": 1}}),
    ],
)
def test_the_short_form_merges_like_the_long_one(base: str, child: str, blend: dict[str, Any]) -> None:
    assert merged(base, child) == {"blend": blend}


def test_a_changed_nested_plugin_starts_afresh_too() -> None:
    base = "models: {m: {kind: per_group, params: {column: a, model: {kind: ridge, params: {penalty: 3}}}}}"
    child = "models: {m: {params: {model: {kind: lightgbm}}}}"
    assert merged(base, child) == {
        "models": {"m": {"kind": "per_group", "params": {"column": "a", "model": {"kind": "lightgbm"}}}}
    }


def test_candidates_go_with_the_params_they_are_for() -> None:
    base = "models: {m: {kind: ridge, target: svd, choose: {params.penalty: [1], target.params.n_components: [3]}}}"
    assert merged(base, "models: {m: {kind: lightgbm}}")["models"]["m"]["choose"] == {"target.params.n_components": [3]}
    assert merged(base, "models: {m: {target: identity}}")["models"]["m"]["choose"] == {"params.penalty": [1]}


def test_fixing_takes_the_place_of_choosing_and_the_reverse() -> None:
    chosen = "models: {m: {kind: ridge, target: {kind: svd}, choose: {params.a: [1], target.params.b: [2]}}}"
    fixed = "models: {m: {kind: ridge, target: {kind: svd, params: {b: 7}}, params: {a: 7}}}"
    both = merged(chosen, fixed)["models"]["m"]
    assert (both["params"], both["target"]["params"], both["choose"]) == ({"a": 7}, {"b": 7}, {})
    both = merged(fixed, chosen)["models"]["m"]
    assert (both["params"], both["target"]["params"]) == ({}, {})
    assert both["choose"] == {"params.a": [1], "target.params.b": [2]}


def test_null_removes_what_is_inherited_except_inside_params() -> None:
    base = "models: {a: ridge, b: {kind: lightgbm, params: {max_depth: 3}, repeats: 2}}\ntarget: svd"
    child = "models: {a: null, b: {params: {max_depth: null}, repeats: null}}\ntarget: null"
    assert merged(base, child) == {"models": {"b": {"kind": "lightgbm", "params": {"max_depth": None}}}}


def test_of_several_files_later_ones_win_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "deep.yaml").write_text("seed: 0\ntitle: deep\nfinal: refit\n")
    (tmp_path / "shared" / "one.yaml").write_text("extends: deep.yaml\nseed: 1\ntitle: one\n")
    (tmp_path / "two.yaml").write_text("extends: shared/deep.yaml\nseed: 2\n")
    (tmp_path / "child.yaml").write_text("extends: [shared/one.yaml, two.yaml]\nrepeats: 3\n")
    node = read_extended(tmp_path / "child.yaml")
    # two.yaml says title again, by way of deep.yaml
    assert node.plain() == {"seed": 2, "title": "deep", "final": "refit", "repeats": 3}
    origins = node.origins()
    assert origins[("seed",)] == Origin(tmp_path / "two.yaml", 2)
    assert origins[("title",)] == Origin(tmp_path / "shared" / "deep.yaml", 2)
    assert origins[("repeats",)] == Origin(tmp_path / "child.yaml", 2)


def test_files_that_extend_each_other_in_a_circle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, parent in (("a", "b"), ("b", "c"), ("c", "b")):
        Path(f"{name}.yaml").write_text(f"seed: 1\nextends: {parent}.yaml\n")
    with pytest.raises(ConfigError, match=r"^c\.yaml:2: extends: .* a\.yaml → b\.yaml → c\.yaml → b\.yaml$"):
        read_extended(Path("a.yaml"))
