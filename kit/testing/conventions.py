"""Conventions that every plug-in keeps, whatever its family: constructor, parameters, docstring, name, state."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from pydantic import ValidationError
from sklearn.base import clone

from kit.errors import InputError, ParameterError, UnknownPluginError
from kit.plugins import Parameter, Plugin, Registry, inner_plugins, parameter_model, parameters
from kit.testing.promises import digest, failure, reports_all, require, require_error, step
from kit.testing.reloading import saved_bytes

P = TypeVar("P", bound=Plugin)


@reports_all
def check_conventions(plugin: Plugin) -> None:
    """Check what needs no data: registration, help, typed parameters, a constructor that only stores, clones.

    Args:
        plugin: A plug-in with the parameters that it needs; it is not changed.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    if not isinstance(plugin, Plugin):
        raise failure(plugin, "it is no plug-in", "derive its class from the base of its family")
    _check_registered(plugin)
    _check_help(plugin)
    _check_parameters(plugin)
    _check_constructor(plugin)
    _check_values(plugin)
    _check_wrong_parameters(plugin)


def prepared(plugin: P, seed: int = 0) -> P:
    """Return a clone with a seed wherever it, or a plug-in inside it, takes one and has none."""
    copy: P = clone(plugin)
    for one in inner_plugins(copy):
        if any(parameter.name == "random_state" for parameter in parameters(type(one))) and one.random_state is None:
            one.set_params(random_state=seed)
    return copy


def check_fits_alike(plugin: P, fit: Callable[[P], object], fit_other: Callable[[P], object]) -> P:
    """Check that fit checks parameters, that what it learns depends on them and its arguments alone, and can be saved.

    Args:
        plugin: A plug-in that was prepared; clones of it are fitted.
        fit: Fits one on the data.
        fit_other: Fits one on other data of the same layout.

    Returns:
        A clone, fitted on the data.
    """
    check_fit_checks_parameters(plugin, fit)
    first: P = clone(plugin)
    returned = fit(first)
    require(returned is first, plugin, f"fit returns {type(returned).__name__}, not itself", "end it with return self")
    _check_kept(first)
    state = saved_bytes(first)
    again: P = clone(plugin)
    fit(again)
    _require_state(plugin, again, state, "two fits on the same data differ", "draw every number from random_state")
    fit_other(again)
    fit(again)
    _require_state(
        plugin,
        again,
        state,
        "a fit after a fit on other data differs from a first fit",
        "fit starts afresh: it sets every fitted attribute anew, and keeps nothing in class attributes or globals, "
        "where a fold would find what another fold's rows have taught",
    )
    return first


@step("the registration")
def _check_registered(plugin: Plugin) -> None:
    cls = type(plugin)
    remedy = "put @REGISTRY.register('short_name') of its family above the class"
    if not require(plugin.kind and plugin.family, plugin, "it has no kind or no family", remedy):
        return
    try:
        registered = Registry.of(plugin.family).get(plugin.kind)
    except UnknownPluginError as error:
        raise failure(plugin, f"it is not registered ({error})", remedy) from error
    require(registered is cls, plugin, f"its name stands for {registered.__qualname__}", remedy)


@step("reading the docstring")
def _check_help(plugin: Plugin) -> None:
    own = inspect.cleandoc(vars(type(plugin)).get("__doc__") or "")
    first = own.partition("\n")[0]
    require(first.strip(), plugin, "its class has no docstring", "its first line is what `kit list` shows")
    require(
        len(first) <= 120, plugin, "the docstring's first line is longer than 120 characters", "keep it to one line"
    )


@step("reading the constructor")
def _check_parameters(plugin: Plugin) -> None:
    cls = type(plugin)
    remedy = "name every parameter and give it a type, with its range: Annotated[int, Ge(1)] = 1"
    try:
        found = parameters(cls)
        parameter_model(cls)
    except Exception as error:
        raise failure(plugin, f"its constructor cannot be read ({error})", remedy) from error
    hints = get_type_hints(inspect.getattr_static(cls, "__init__"), include_extras=True) if found else {}
    for parameter in found:
        require(parameter.name in hints, plugin, f"the parameter {parameter.name!r} has no type", remedy)
        if parameter.name == "random_state":
            require(
                parameter.supplied,
                plugin,
                "a recipe could set random_state",
                'mark it with Supplied("the recipe\'s seed"): every fit gets a seed of its own',
            )
        if not parameter.required and parameter.supplied is None and parameter.plugin is None:
            _check_default(plugin, parameter)


@step("reading the parameters")
def _check_values(plugin: Plugin) -> None:
    cls = type(plugin)
    given = {p.name: getattr(plugin, p.name) for p in parameters(cls) if p.supplied is None}
    try:
        parameter_model(cls).model_validate(given)
    except ValidationError as error:
        shown = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        remedy = "correct the value or the annotation; a recipe's types are strict, an integer passes as a number"
        raise failure(plugin, f"a recipe could not write its parameters ({shown})", remedy) from error


def _check_default(plugin: Plugin, parameter: Parameter) -> None:
    model: Any = parameter_model(type(plugin))
    try:
        model.__pydantic_validator__.validate_assignment(model.model_construct(), parameter.name, parameter.default)
    except ValidationError as error:
        broken = f"the default {parameter.name}={parameter.default!r} breaks its own type ({error.errors()[0]['msg']})"
        raise failure(plugin, broken, "correct the default or the annotation") from error


@step("the constructor")
def _check_constructor(plugin: Plugin) -> None:
    cls, names = type(plugin), [parameter.name for parameter in parameters(type(plugin))]
    remedy = "the constructor stores its parameters as they are and does nothing else; fit checks them"
    marks = {name: object() for name in names}
    try:
        bare = cls(**marks)
    except Exception as error:
        raise failure(plugin, f"its constructor looks at its parameters ({error})", remedy) from error
    for name, mark in marks.items():
        require(getattr(bare, name, None) is mark, plugin, f"its constructor does not store {name!r}", remedy)
    extra = sorted(vars(bare).keys() - set(names))
    require(not extra, plugin, f"its constructor sets {', '.join(extra)}", remedy)
    before = digest(plugin.get_params(deep=False))
    try:
        copy = clone(plugin)
    except Exception as error:
        raise failure(plugin, f"it cannot be cloned ({error})", remedy) from error
    remedy = "leave get_params, set_params and clone to the base class"
    require(digest(copy.get_params(deep=False)) == before, plugin, "a clone has other parameters", remedy)
    params = plugin.get_params(deep=False)
    require(sorted(params) == sorted(names), plugin, f"get_params returns {sorted(params)}", remedy)
    require(copy.set_params(**params) is copy, plugin, "set_params does not return the plug-in itself", remedy)
    require(all(getattr(copy, n) is v for n, v in params.items()), plugin, "set_params does not store", remedy)


@step("check_parameters")
def _check_wrong_parameters(plugin: Plugin) -> None:
    for parameter in parameters(type(plugin)):
        if parameter.supplied is not None or parameter.plugin is not None:
            continue
        wrong = clone(plugin)
        setattr(wrong, parameter.name, object())
        require_error(
            plugin, ParameterError, f"check_parameters with {parameter.name}=object()", wrong.check_parameters
        )


@step("a call with a wrong parameter")
def check_fit_checks_parameters(plugin: Plugin, fit: Callable[[Any], object]) -> None:
    """Check that the call begins with `check_parameters`: a wrong parameter is an error there too."""
    for parameter in parameters(type(plugin)):
        if parameter.supplied is None and parameter.plugin is None:
            wrong = clone(plugin)
            setattr(wrong, parameter.name, object())
            remedy = "begin fit with self.check_parameters()"
            require_error(plugin, InputError, f"fit with {parameter.name}=object()", lambda: fit(wrong), remedy)  # noqa: B023
            return


@step("reading what fit has set")
def _check_kept(fitted: Plugin) -> None:
    """Every attribute that fit sets is one that save writes."""
    names = {parameter.name for parameter in parameters(type(fitted))}
    kept = names | set(fitted.fitted_state()) | set(fitted.native_attributes)
    lost = sorted(vars(fitted).keys() - kept)
    require(
        not lost,
        fitted,
        f"fit sets {', '.join(lost)}, which save does not write",
        "let the names of fitted attributes end in an underscore (and not begin with one), or list them in "
        "native_attributes",
    )


def _require_state(plugin: Plugin, fitted: Plugin, state: dict[str, bytes], broken: str, remedy: str) -> None:
    found = saved_bytes(fitted)
    differ = sorted(name for name in found.keys() | state.keys() if found.get(name) != state.get(name))
    # state.json holds the digests of all others: it differs with any of them and is named where it alone does.
    others = [name for name in differ if not name.endswith("state.json")] or differ
    require(not differ, plugin, f"{broken} (in {', '.join(others)} of what save writes)", remedy)
