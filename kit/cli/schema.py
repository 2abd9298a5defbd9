"""``kit schema``."""

from __future__ import annotations

from kit.cli.output import say


def schema() -> None:
    """Print the JSON Schema of recipes and competition files, for editors.

    Save it as kit.schema.json and put "# yaml-language-server: $schema=kit.schema.json" on a recipe's first line.
    """
    import json

    from kit.config.json_schema import schema as make_schema

    say(json.dumps(make_schema(), indent=2))
