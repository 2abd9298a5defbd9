"""``kit schema``."""

from __future__ import annotations

from kit.cli.output import say


def schema() -> None:
    """Print the JSON Schema of recipes, for editors.

    Save it as kit.schema.json and begin a recipe with the line

    # yaml-language-server: $schema=kit.schema.json
    """
    import json

    from kit.config.show.json_schema import schema as make_schema

    say(json.dumps(make_schema(), indent=2))
