"""The pages: their templates, and plain ones that say something in a sentence or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from dashboard.telling import browser, when

if TYPE_CHECKING:
    from pathlib import Path

# So that an error can be told even where a template is missing.
_MESSAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title></head><body><main><h1>{{ title }}</h1><p>{{ text }}</p></main></body>
</html>
"""

NOT_SIGNED_IN = ("Not signed in", "Sign in first, then try again.")
USED = ("Link used", "This link has been used. Start the demo again for a new one.")
WRONG = ("Link not valid", "This link is not valid. Start the demo again for a new one.")
LINK_GONE = (
    "This link no longer holds",
    "It has been used, withdrawn, or it is too old. Ask whoever sent it for a new one.",
)
IN_A_MOMENT = ("One moment", "The page opens in a moment.")
NOT_DONE = "That was not done"

ERRORS = {
    400: ("Not understood", "The dashboard does not understand this request."),
    401: NOT_SIGNED_IN,
    403: ("Not allowed", "Your account is not allowed to do that."),
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
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        loader = jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(folder), jinja2.DictLoader({"message.html": _MESSAGE})]
        )
        self._templates = jinja2.Environment(
            loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False
        )
        self._templates.filters |= {"when": when, "browser": browser}

    def render(self, template: str, **values: object) -> str:
        """Render a page; it must be given all that it names."""
        return self._templates.get_template(template).render(values)

    def message(self, title: str, text: str) -> str:
        """Render a plain page."""
        return self.render("message.html", title=title, text=text)
