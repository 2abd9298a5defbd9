"""An ontology of classes: terms, their parents, and what follows for how near two of them are."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from kit.errors import DataError, InputError, MissingDependencyError, nearest

CELL_ONTOLOGY = "cell_ontology"
"""The word that stands for the Cell Ontology of the package `cellxgene-ontology-guide`."""

_NAMED = 5
"""Terms that a message names."""


@dataclass(frozen=True, eq=False)
class Ontology:
    """Terms and their parents: a graph without a circle, in which a term may have several parents.

    Attributes:
        source: The file, for messages.
        parents: The parents of every term, by its id; none of a root.
        names: The names of terms that have one, by id.

    Raises:
        DataError: A parent is no term, or terms are their own ancestors.
    """

    source: str
    parents: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]

    def __post_init__(self) -> None:
        unknown = sorted({parent for parents in self.parents.values() for parent in parents} - set(self.parents))
        if unknown:
            raise DataError(f"{self.source}: parents that are no terms: {_some(unknown, self.parents)}")
        waiting = {term: len(set(parents)) for term, parents in self.parents.items()}
        free = [term for term, count in waiting.items() if count == 0]
        while free:
            for child in self._children.get(free.pop(), ()):
                waiting[child] -= 1
                if waiting[child] == 0:
                    free.append(child)
        circle = sorted(term for term, count in waiting.items() if count > 0)
        if circle:
            raise DataError(
                f"{self.source}: terms that are their own ancestors, or below such: {_some(circle)}; an ontology goes "
                "from a child to its parents and never comes back"
            )

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for term, parents in self.parents.items():
            for parent in set(parents):
                children.setdefault(parent, []).append(term)
        return children

    @cached_property
    def roots(self) -> frozenset[str]:
        """The terms without parents."""
        return frozenset(term for term, parents in self.parents.items() if not parents)

    def lineage(self, term: str) -> frozenset[str]:
        """Return a term with all its ancestors."""
        found, pending = {term}, [term]
        while pending:
            for parent in self.parents[pending.pop()]:
                if parent not in found:
                    found.add(parent)
                    pending.append(parent)
        return frozenset(found)

    @cached_property
    def information(self) -> dict[str, float]:
        """The information of every term: −log of the share of all terms that it or a descendant of it is (in nats).

        A root of everything has none, a leaf the most.
        """
        below = Counter(ancestor for term in self.parents for ancestor in self.lineage(term))
        return {term: -math.log(count / len(self.parents)) for term, count in below.items()}

    def terms(self, labels: Iterable[str]) -> list[str]:
        """Return the term of every label: the one of that id, else the one of that name.

        Raises:
            InputError: Labels are no terms, or the name of several; lists them, with the nearest names.
        """
        by_name: dict[str, list[str]] = {}
        for term, name in self.names.items():
            by_name.setdefault(name, []).append(term)
        found, unknown = [], []
        for label in labels:
            own = [label] if label in self.parents else by_name.get(label, [])
            if len(own) > 1:
                raise InputError(f"{self.source}: {label!r} is the name of several terms: {', '.join(own)}; use ids")
            found += own
            if not own:
                unknown.append(label)
        if unknown:
            raise InputError(
                f"{self.source} has no term of the id or name {_some(unknown, [*by_name, *self.parents])}; rename the "
                "labels, or take an ontology that has them"
            )
        return found


def read_ontology(path: str) -> Ontology:
    """Read an ontology; one that was read and did not change since is not read again.

    Args:
        path: A table ``child,parent`` with the ending ``.csv``, one line a parent; a root has a line with an empty
            parent, which is not needed where it is the only one; a third column ``name`` may name the child. Or an OBO
            file (``.obo``), of whose own terms ``is_a`` is read, needs ``obonet``. Both may end in ``.gz``. Or
            ``cell_ontology`` for the one of the package ``cellxgene-ontology-guide``.

    Raises:
        DataError: It is missing or damaged, a parent is no term, or terms are their own ancestors.
        MissingDependencyError: The package that reads it is not installed.
    """
    if path == CELL_ONTOLOGY:
        return _cell_ontology()
    file = Path(path)
    if not file.is_file():
        raise DataError(
            f"{path}: no such file; expected a table child,parent (.csv) or an OBO file (.obo), or {CELL_ONTOLOGY}"
        )
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> Ontology:
    zipped = file.suffix == ".gz"
    suffix = Path(file.stem).suffix if zipped else file.suffix
    if suffix not in (".csv", ".obo"):
        raise DataError(f"{file}: expected an ontology as a table child,parent (.csv) or an OBO file (.obo)")
    try:
        content = gzip.decompress(file.read_bytes()) if zipped else file.read_bytes()
        text = content.decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read as an ontology ({error})") from None
    return _of_obo(file, text) if suffix == ".obo" else _of_csv(file, text)


def _of_csv(file: Path, text: str) -> Ontology:
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not {"child", "parent"} <= set(lines.fieldnames or ()):
        given = ", ".join(lines.fieldnames or ())
        raise DataError(f"{file}: expected columns child and parent (and name), got {given or 'none'}")
    parents: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    roots_are_said = False
    for line in lines:
        child, parent, name = (str(line.get(column) or "").strip() for column in ("child", "parent", "name"))
        if not child:
            raise DataError(f"{file}, line {lines.line_num}: the child is empty")
        if name and names.setdefault(child, name) != name:
            raise DataError(f"{file}, line {lines.line_num}: {child!r} is called {name!r}, and {names[child]!r} before")
        parents.setdefault(child, [])
        roots_are_said |= not parent
        if parent:
            parents[child].append(parent)
    tops = sorted({parent for of_child in parents.values() for parent in of_child} - set(parents))
    if not roots_are_said and len(tops) > 1:
        raise DataError(
            f"{file}: parents that are nobody's child: {_some(tops, parents)}; where an ontology has several roots, "
            "give each a line with an empty parent"
        )
    if not roots_are_said:
        parents.update({top: [] for top in tops})
    return Ontology(str(file), {term: tuple(of_term) for term, of_term in parents.items()}, names)


def _of_obo(file: Path, text: str) -> Ontology:
    try:
        import obonet
    except ImportError:
        raise MissingDependencyError(
            f"{file}: OBO files are read by obonet, which is not installed: pip install 'perturbation-kit[ontology]'; "
            "or write a table child,parent (.csv)"
        ) from None
    try:
        graph = obonet.read_obo(io.StringIO(text))
    except Exception as error:  # obonet raises whatever its parser meets
        raise DataError(f"{file}: cannot be read as an OBO file ({error})") from None
    own = _own_prefix(graph)
    stanzas = {term: stanza for term, stanza in graph.nodes(data=True) if stanza and term.startswith(own)}
    parents: dict[str, list[str]] = {term: [] for term in stanzas}
    for child, parent, relation in graph.edges(keys=True):
        if relation == "is_a" and child in parents and parent.startswith(own):
            parents[child].append(parent)
    names = {term: str(stanza["name"]) for term, stanza in stanzas.items() if "name" in stanza}
    if not parents:
        raise DataError(f"{file}: no terms in it")
    return Ontology(str(file), {term: tuple(of_term) for term, of_term in parents.items()}, names)


def _own_prefix(graph: Any) -> str:
    """Return how the ids of an OBO file's own terms begin ("CL:"); "" where its header names no ontology with terms.

    A file brings along terms of other ontologies: of the Cell Ontology's slim of blood cells only one in seven is a
    cell. Above the root of its own they would count as ancestors that everything has in common.
    """
    named = str(graph.graph.get("ontology", "")).partition("/")[0]
    prefixes = {term.partition(":")[0] for term in graph}
    return next((f"{prefix}:" for prefix in sorted(prefixes) if named and prefix.lower() == named.lower()), "")


@lru_cache(maxsize=1)
def _cell_ontology() -> Ontology:
    try:
        from cellxgene_ontology_guide.ontology_parser import OntologyParser
    except ImportError:
        raise MissingDependencyError(
            f"{CELL_ONTOLOGY} is read from a package that is not installed: pip install cellxgene-ontology-guide; or "
            "give a file"
        ) from None
    parser = OntologyParser()
    named = {term: name for name, term in parser.get_term_label_to_id_map("CL").items()}
    live = {term: name for term, name in named.items() if not parser.is_term_deprecated(term)}
    parents = {term: tuple(parser.get_term_parents(term)) for term in live}
    return Ontology(CELL_ONTOLOGY, parents, live)


def _some(names: list[str], near: Iterable[str] = ()) -> str:
    """Return some names in words, each with the nearest of others."""
    known = list(near)
    shown = []
    for name in names[:_NAMED]:
        close = nearest(name, [other for other in known if other != name])
        shown.append(repr(name) + (f" (did you mean {close!r}?)" if close is not None else ""))
    return ", ".join(shown) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
