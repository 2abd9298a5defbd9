"""Constructor annotations as the one description of a plug-in's parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from kit.errors import ParameterError

M = TypeVar("M")


@dataclass(frozen=True)
class Supplied:
    """Marks a constructor parameter that the kit fills in, so that a recipe cannot set it.

    Attributes:
        source: Where the value comes from, for the error message ("the recipe's seed").
    """

    source: str


@dataclass(frozen=True)
class PluginOf:
    """Marks a constructor parameter that takes another plug-in (or a list of them) of the given family.

    In a recipe it is written ``{kind: …, params: {…}}``, or as the name of a block of the same recipe.
    """

    family: str


@dataclass(frozen=True)
class FilePath:
    """Marks a constructor parameter that names a file or folder; in a recipe it is relative to the recipe's file."""


@dataclass(frozen=True)
class NameOf:
    """Marks a constructor parameter that names something of the recipe: a name, a list of names, or values by name.

    What it names is checked before the first fit, and a block or stage that only it names counts as used.

    Attributes:
        what: A feature ``block`` that the model reads, an earlier ``stage`` whose predictions a feature is made of, or
            a ``model`` of those that a blend joins.
        every: Whether all of them have to be named.
        inside: Yields the names in a value of another form, each with its place in the value.
    """

    what: Literal["block", "stage", "model"]
    every: bool = False
    inside: Callable[[Any], Iterable[tuple[tuple[str | int, ...], str]]] | None = None


@dataclass(frozen=True)
class ColumnOf:
    """Marks a constructor parameter that names columns of the rows: a name, a list of names, or lists in a list.

    That the tables have them, without gaps where there must be none, is checked before the first fit.

    Attributes:
        holds: What every row must have there: a ``label``, a finite ``number``, or ``anything``, nothing among it.
        fitting: Whether only the rows need it that the plug-in is fitted on.
        gaps: Whether a number may be missing.
    """

    holds: Literal["label", "number", "anything"]
    fitting: bool = False
    gaps: bool = False


@dataclass(frozen=True)
class OfLibrary:
    """Marks a constructor parameter that holds a library's own parameters by name; `check_parameters` checks them."""


@dataclass(frozen=True)
class Parameter:
    """One constructor parameter.

    Attributes:
        name: Its name.
        annotation: Its type, with the ranges that ``Annotated`` adds.
        default: Its default, or ``inspect.Parameter.empty`` when it must be given.
        supplied: Set when the kit fills it in.
        plugin: Set when it takes another plug-in.
        names: Set when it names something of the recipe.
        columns: Set when it names columns of the rows.
        is_path: Whether it names a file or folder.
        of_library: Whether it holds a library's own parameters.
    """

    name: str
    annotation: Any
    default: Any
    supplied: Supplied | None
    plugin: PluginOf | None
    names: NameOf | None
    columns: ColumnOf | None
    is_path: bool
    of_library: bool

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is inspect.Parameter.empty


def parameters(cls: type) -> tuple[Parameter, ...]:
    """Return the constructor parameters of a plug-in class, in order."""
    return _parameters(cls)


@cache
def _parameters(cls: type) -> tuple[Parameter, ...]:
    constructor = inspect.getattr_static(cls, "__init__")
    if constructor is object.__init__:  # a class without parameters, whose signature would read (*args, **kwargs)
        return ()
    hints = get_type_hints(constructor, include_extras=True)
    found = []
    for name, parameter in list(inspect.signature(constructor).parameters.items())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{cls.__qualname__}: a plug-in names its parameters one by one, *{name} cannot be checked")
        annotation = hints.get(name, Any)
        marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
        found.append(
            Parameter(
                name=name,
                annotation=annotation,
                default=_default_of(cls, parameter),
                supplied=_mark(marks, Supplied),
                plugin=_mark(marks, PluginOf),
                names=_mark(marks, NameOf),
                columns=_mark(marks, ColumnOf),
                is_path=_mark(marks, FilePath) is not None,
                of_library=_mark(marks, OfLibrary) is not None,
            )
        )
    return tuple(found)


def _default_of(cls: Any, parameter: inspect.Parameter) -> Any:
    """Return a parameter's default; of a field with a factory, for which a signature has a mark only, what it makes."""
    if type(parameter.default).__module__ != dataclass.__module__:
        return parameter.default
    made: Any = next(field.default_factory for field in fields(cls) if field.name == parameter.name)
    return made()


def _mark(marks: Iterable[Any], kind: type[M]) -> M | None:
    return next((mark for mark in marks if isinstance(mark, kind)), None)


def parameter_model(cls: type) -> type[BaseModel]:
    """Return the pydantic model of what a recipe may write under a plug-in's ``params:``.

    Types are strict (``"3"`` is no integer, ``true`` is no number; an integer is a number), numbers are finite, unknown
    names are errors.
    Parameters that take another plug-in are left to the caller (any value passes here); those that the kit supplies
    are not in the model.
    """
    return _parameter_model(cls)


# An infinite number is no more a parameter than NaN is: `float > 0` alone would let it pass.
_MODEL_CONFIG = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@cache
def _parameter_model(cls: type) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for parameter in parameters(cls):
        if parameter.supplied is None:
            annotation = Any if parameter.plugin is not None else parameter.annotation
            fields[parameter.name] = (annotation, ... if parameter.required else parameter.default)
    return create_model(f"{cls.__name__}Params", __config__=_MODEL_CONFIG, **fields)


def check_parameters(plugin: Any) -> None:
    """Check a constructed plug-in's parameters against the annotations of its constructor.

    NumPy scalars and strings that spell numbers pass, as scikit-learn users expect from code.

    Raises:
        ParameterError: Lists every parameter that is wrong, with what was given and what is expected.
    """
    cls: type = type(plugin)
    given = {
        parameter.name: getattr(plugin, parameter.name)
        for parameter in parameters(cls)
        if parameter.supplied is None and parameter.plugin is None
    }
    try:
        parameter_model(cls).model_validate(given, strict=False)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, item['loc']))}={item['input']!r}: {item['msg']}"
            for item in error.errors()
            if item["type"] != "missing"
        ]
        if problems:
            raise ParameterError(f"{cls.__name__}: " + "; ".join(problems)) from None
