"""Ontologies: read from tables and OBO files, their terms found by id or name, and what is no ontology refused."""

from __future__ import annotations

import gzip
from math import log
from pathlib import Path

import pytest

from kit.errors import DataError, InputError
from kit.metrics.classes.ontology import read_ontology
from tests.extras import needs_obonet
from tests.real_data import real_data

ANIMALS = "child,parent,name\nA:1,,animal\nA:2,A:1,bird\nA:3,A:1,swimmer\nA:4,A:2,penguin\nA:4,A:3,\n"


def written(folder: Path, text: str, name: str = "terms.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_a_table_of_children_and_parents(tmp_path: Path) -> None:
    ontology = read_ontology(written(tmp_path, ANIMALS))
    assert ontology.lineage("A:4") == {"A:1", "A:2", "A:3", "A:4"}
    assert ontology.roots == {"A:1"}
    assert ontology.terms(["penguin", "A:2"]) == ["A:4", "A:2"]
    assert ontology.information == pytest.approx({"A:1": 0, "A:2": log(2), "A:3": log(2), "A:4": log(4)})


def test_a_sole_root_needs_no_line_and_a_table_may_be_zipped(tmp_path: Path) -> None:
    file = tmp_path / "terms.csv.gz"
    file.write_bytes(gzip.compress(b"child,parent\nbird,animal\npenguin,bird\n"))
    assert read_ontology(str(file)).lineage("penguin") == {"penguin", "bird", "animal"}


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, "child,parent\nbird,animal\n")
    assert "fish" not in read_ontology(path).parents
    Path(written(tmp_path, "child,parent\nbird,animal\nfish,animal\n")).touch()
    assert "fish" in read_ontology(path).parents


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("child,parent\na,b\nb,c\nc,a\nd,\n", "their own ancestors, or below such: 'a', 'b', 'c'"),
        ("child,parent\na,a\nb,\n", "their own ancestors"),
        ("child,parent\nbird,animal\nfish,\nanimals,\n", "no terms: 'animal' .did you mean 'animals'"),
        ("child,parent\nbird,animal\npenguin,birds\n", "nobody's child: 'animal'.*'birds' .did you mean 'bird'"),
        ("child,parents\na,b\n", "expected columns child and parent"),
        ("", "expected columns child and parent"),
        ("child,parent\n,b\n", "line 2: the child is empty"),
        ("child,parent,name\na,b,x\na,c,y\n", "line 3: 'a' is called 'y', and 'x' before"),
    ],
)
def test_what_is_no_ontology_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_ontology(written(tmp_path, text))


@pytest.mark.parametrize("name", ["terms.json", "terms.csv.gz", "absent.csv"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    if name != "absent.csv":
        written(tmp_path, "no ontology", name)
    with pytest.raises(DataError, match=name):
        read_ontology(str(tmp_path / name))


def test_labels_that_are_no_terms_are_listed_with_the_nearest(tmp_path: Path) -> None:
    ontology = read_ontology(written(tmp_path, ANIMALS))
    with pytest.raises(InputError, match=r"'pengiun' \(did you mean 'penguin'\?\), 'zebra'; rename"):
        ontology.terms(["bird", "pengiun", "zebra"])


def test_a_name_of_several_terms_is_refused(tmp_path: Path) -> None:
    ontology = read_ontology(written(tmp_path, "child,parent,name\na,,one\nb,a,two\nc,a,two\n"))
    with pytest.raises(InputError, match="'two' is the name of several terms: b, c; use ids"):
        ontology.terms(["two"])


OBO = "[Term]\nid: A:1\nname: animal\n\n[Term]\nid: A:2\nname: bird\nis_a: A:1 ! animal\nrelationship: part_of A:3\n"
THIRD = "\n[Term]\nid: A:3\nname: flock\n"


@needs_obonet
def test_an_obo_file_has_the_parents_that_it_calls_is_a(tmp_path: Path) -> None:
    gone = "\n[Term]\nid: A:9\nname: unicorn\nis_a: A:1\nis_obsolete: true\n"
    ontology = read_ontology(written(tmp_path, OBO + THIRD + gone, "terms.obo"))
    assert ontology.parents == {"A:1": (), "A:2": ("A:1",), "A:3": ()}
    assert ontology.terms(["bird"]) == ["A:2"]


@needs_obonet
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OBO.replace("is_a: A:1", "is_a: A:7"), "no terms: 'A:7'"),
        (OBO + THIRD.replace("flock", "flock\nis_a: A:3"), "their own ancestors"),
        ("not: obo\n", "no terms in it"),
    ],
)
def test_an_obo_file_that_is_no_ontology_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_ontology(written(tmp_path, text, "terms.obo"))


@needs_obonet
def test_terms_of_other_ontologies_that_an_obo_file_brings_along_do_not_count(tmp_path: Path) -> None:
    text = "ontology: a/slim\n\n" + OBO.replace("name: animal", "name: animal\nis_a: B:1") + THIRD
    ontology = read_ontology(written(tmp_path, text + "\n[Term]\nid: B:1\nname: thing\n", "terms.obo"))
    assert ontology.parents == {"A:1": (), "A:2": ("A:1",), "A:3": ()}
    with pytest.raises(InputError, match="no term of the id or name 'thing'"):
        ontology.terms(["thing"])


@needs_obonet
@pytest.mark.parametrize(
    ("name", "nodes", "cells"),
    [("blood_and_immune_upper_slim", 1079, 157), ("general_cell_types_upper_slim", 713, 82)],
)
def test_the_slims_of_the_cell_ontology_are_read(name: str, nodes: int, cells: int) -> None:
    import obonet

    file = real_data("cell-typing") / f"{name}.obo.gz"
    assert len(obonet.read_obo(file)) == nodes
    ontology = read_ontology(str(file))
    assert ontology.terms(["cell"]) == ["CL:0000000"]
    assert sum("CL:0000000" in ontology.lineage(term) for term in ontology.parents) == cells
    assert all(term.startswith("CL:") for term in ontology.parents)
