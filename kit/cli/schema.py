"""``kit schema``."""

from __future__ import annotations

from kit.cli.output import Document, answer


def schema() -> Document:
    """Print the JSON Schema of recipes, for editors.

    Save it as kit.schema.json and begin a recipe with the line

    # yaml-language-server: $schema=kit.schema.json
    """
    import json

    from kit.config.show.json_schema import schema as make_schema

    made = make_schema()
    answer(json.dumps(made, indent=2))
    return made
