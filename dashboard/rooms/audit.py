"""The audit log, for the owner."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
from litestar import get

from dashboard.rooms.answers import Asked, Handler, Page
from dashboard.rooms.asked import services_of, show
from dashboard.rooms.audit_lines import Line, lines_of
from dashboard.rooms.gate import page
from dashboard.store.repository import Store

N_LINES = 100


@get("/audit", opt=page("audit.read"))
async def audit(request: Asked) -> Page:
    """Show the audit log, the newest lines first."""
    before = _number(request.query_params.get("before", ""))
    lines, older = await services_of(request).desk.read(lambda store: _read(store, before))
    newest = before is None
    return show(request, "/audit", "audit.html", lines=lines, older=older, is_newest=newest)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _read(store: Store, before: int | None) -> tuple[tuple[Line, ...], int | None]:
    found = store.audit.page(before, N_LINES + 1)
    older = found[N_LINES - 1][0] if len(found) > N_LINES else None
    return lines_of(store, [entry for _, entry in found[:N_LINES]]), older


ROUTES: list[Handler] = [audit]
