"""One thing that is asked of the mat by a page that does not watch it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from dashboard.messages import ReplyOut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.viewer import Bucket


class Errand:
    """Asks once, and waits for the answer; to be made within an event loop.

    Parameters
    ----------
    role : str
        Of whoever asks.
    rates : mapping of str to Bucket
        How often each verb may be used, by all errands together.

    Attributes
    ----------
    answer : Future of ReplyOut
    """

    def __init__(self, role: str, rates: Mapping[str, Bucket]) -> None:
        self.role, self._rates = role, rates
        self.answer: asyncio.Future[ReplyOut] = asyncio.get_running_loop().create_future()

    def may(self, verb: str) -> bool:
        """Whether the verb may be used once more now."""
        return verb not in self._rates or self._rates[verb].take()

    def reply(self, text: str) -> None:
        """Take the answer; nobody waits for one that comes when the errand has been given up."""
        if not self.answer.done():
            self.answer.set_result(msgspec.json.decode(text, type=ReplyOut))
