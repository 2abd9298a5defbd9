from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pytest
from annotated_types import Ge
from pydantic import ValidationError

from kit.errors import ParameterError
from kit.plugins import Plugin, PluginOf, Supplied, parameter_model, parameters
from kit.plugins.parameters import check_parameters
from tests.plugins.toys import Bag, Pair, Scale


def test_parameters_in_order_with_their_marks() -> None:
    factor, kind_of, columns, random_state = parameters(Scale)
    assert [p.name for p in (factor, kind_of, columns)] == ["factor", "kind_of", "columns"]
    assert factor.default == 1.0
    assert not factor.required
    assert factor.supplied is None
    assert random_state.supplied == Supplied("the recipe's seed")
    first, others, size = parameters(Pair)
    assert first.required
    assert first.default is inspect.Parameter.empty
    assert first.plugin == others.plugin == PluginOf("test_toy")
    assert size.plugin is None
    assert parameters(Bag) == ()


def test_a_subclass_without_a_constructor_has_its_parents_parameters() -> None:
    class Child(Scale): ...

    assert parameters(Child) == parameters(Scale)


def test_the_default_of_a_field_with_a_factory_is_what_it_makes() -> None:
    @dataclass(eq=False, repr=False)
    class Widths(Plugin):
        depth: Annotated[int, Ge(1)] = 2
        widths: list[int] = field(default_factory=lambda: [8, 4])

    class Child(Widths): ...

    for cls in (Widths, Child):
        depth, widths = parameters(cls)
        assert (depth.default, widths.default) == (2, [8, 4])
        assert not widths.required
        assert parameter_model(cls).model_validate({}).model_dump() == {"depth": 2, "widths": [8, 4]}
        assert cls().get_params() == {"depth": 2, "widths": [8, 4]}


@pytest.mark.parametrize("star", ["args", "kwargs"])
def test_parameters_without_names_cannot_be_checked(star: str) -> None:
    class Args(Plugin):
        def __init__(self, *args: int) -> None: ...

    class Kwargs(Plugin):
        def __init__(self, **kwargs: int) -> None: ...

    with pytest.raises(TypeError, match=rf"names its parameters one by one, \*{star} cannot be checked"):
        parameters({"args": Args, "kwargs": Kwargs}[star])


def valid(cls: type, **values: Any) -> bool:
    try:
        parameter_model(cls).model_validate(values)
    except ValidationError:
        return False
    return True


def test_what_a_recipe_may_write() -> None:
    assert valid(Scale)
    assert valid(Scale, factor=3)  # an integer is a number
    assert valid(Scale, factor=10.0, kind_of="median", columns=["a"])
    assert valid(Scale, columns=None)
    assert not valid(Scale, factor="3")
    assert not valid(Scale, factor=True)
    assert not valid(Scale, factor=10.5)
    assert not valid(Scale, factor=-1)
    assert not valid(Scale, kind_of="mode")
    assert not valid(Scale, columns=[])
    assert not valid(Scale, columns=[1])
    assert not valid(Scale, columns="a")
    assert not valid(Scale, fraction=1.0)
    assert not valid(Scale, random_state=1)  # the kit supplies it
    assert not valid(Pair, first=1)  # `others` is missing
    assert valid(Pair, first={"kind": "scale"}, others=["whatever, the caller looks into it"])
    assert not valid(Pair, first=1, others=2, size=True)


def test_the_model_says_which_types_it_wants() -> None:
    properties = parameter_model(Scale).model_json_schema()["properties"]
    assert set(properties) == {"factor", "kind_of", "columns"}
    assert (properties["factor"]["minimum"], properties["factor"]["maximum"]) == (0, 10)
    assert properties["kind_of"]["enum"] == ["mean", "median"]


def test_code_may_give_numpy_numbers() -> None:
    for factor in (3, np.float32(2.5), np.int64(4), "2.5"):
        check_parameters(Scale(factor=factor))  # type: ignore[arg-type]


def test_every_wrong_parameter_is_named() -> None:
    wrong = Scale(factor=11, kind_of="mode", random_state="none of a recipe's business")  # type: ignore[arg-type]
    with pytest.raises(ParameterError) as caught:
        wrong.fit()
    message = str(caught.value)
    assert message.startswith("Scale: factor=11: Input should be less than or equal to 10")
    assert "; kind_of='mode': Input should be 'mean' or 'median'" in message
    assert "random_state" not in message


def test_required_parameters_are_checked_too() -> None:
    class Needing(Plugin):
        def __init__(self, size: Annotated[int, Ge(1)]) -> None:
            self.size = size

    check_parameters(Needing(1))
    with pytest.raises(ParameterError, match=r"Needing: size=0: .*greater than or equal to 1"):
        check_parameters(Needing(0))


def test_inner_plugins_are_left_to_the_owner() -> None:
    check_parameters(Pair(first="anything", others=[]))  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="size='two'"):
        check_parameters(Pair(Scale(), [], size="two"))  # type: ignore[arg-type]
