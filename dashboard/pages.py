"""The pages: the live view, and plain ones that say something in a sentence or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from pathlib import Path

# So that an error can be told even where a template is missing.
_MESSAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title></head><body><main><h1>{{ title }}</h1><p>{{ text }}</p></main></body>
</html>
"""

SIGN_IN = (
    "Sign in",
    "Open the one-time link that the dashboard printed when it started. "
    "If you no longer have it, start the demo again for a new one.",
)
USED = ("Link used", "This link has been used. Start the demo again for a new one.")
WRONG = ("Link not valid", "This link is not valid. Start the demo again for a new one.")
SIGNED_IN = ("Signed in", "The mat opens in a moment.")

ERRORS = {
    400: ("Not understood", "The dashboard does not understand this request."),
    401: SIGN_IN,
    404: ("Not found", "There is nothing at this address."),
    405: ("Not possible", "This address cannot be used in that way."),
    413: ("Too large", "That is more than the dashboard takes."),
    429: ("Too many attempts", "Wait a moment, then try again."),
    500: ("Something went wrong", "The dashboard made a mistake; its log says which. Try again."),
}


class Pages:
    """Renders the templates of a folder.

    Parameters
    ----------
    folder : Path
        Where `live.html` and `message.html` lie.
    """

    def __init__(self, folder: Path) -> None:
        loader = jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(folder), jinja2.DictLoader({"message.html": _MESSAGE})]
        )
        self._templates = jinja2.Environment(
            loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False
        )

    def live(self, mat: str) -> str:
        """Render the live view of a mat."""
        return self._templates.get_template("live.html").render(mat=mat)

    def message(self, title: str, text: str) -> str:
        """Render a plain page."""
        return self._templates.get_template("message.html").render(title=title, text=text)
