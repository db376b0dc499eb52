"""What pages load, and what looks after the dashboard asks."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
from typing import Any

from litestar import Response, get

from dashboard.accounts.roles import OPEN
from dashboard.assets import foot_outline
from dashboard.rooms.answers import Asked, Handler, file
from dashboard.rooms.asked import services_of
from dashboard.rooms.gate import needs

OUTLINE = foot_outline()
FAVICONS = ("favicon.ico", "favicon.svg", "icon.svg")


@get("/static/{name:path}", opt=needs(OPEN), sync_to_thread=False)
def static(request: Asked) -> Response[bytes]:
    """Give a file that pages load."""
    name = str(request.path_params["name"])
    return file(request, services_of(request).static.get(name.removeprefix("/")))


@get("/foot.json", opt=needs(OPEN), sync_to_thread=False)
def foot(request: Asked) -> Response[bytes]:
    """Give the outline of a foot."""
    return file(request, OUTLINE)


@get("/worker.js", opt=needs(OPEN), sync_to_thread=False)
def worker(request: Asked) -> Response[bytes]:
    """Give the service worker; at the root, since it looks after what lies beside and below."""
    return file(request, services_of(request).static["worker.js"])


@get("/authority.crt", opt=needs(OPEN), sync_to_thread=False)
def authority(request: Asked) -> Response[bytes]:
    """Give the certificate of the authority that phones are to trust."""
    return file(request, services_of(request).authority)


@get("/favicon.ico", opt=needs(OPEN), sync_to_thread=False)
def favicon(request: Asked) -> Response[bytes]:
    """Give the picture of a tab."""
    static_ = services_of(request).static
    found = (static_[name] for name in FAVICONS if name in static_)
    return file(request, next(found, None))


@get("/healthz", opt=needs(OPEN), sync_to_thread=False)
def health(request: Asked) -> dict[str, Any]:
    """Say how the dashboard's sources are."""
    return services_of(request).hub.health()


ROUTES: list[Handler] = [static, foot, worker, authority, favicon, health]
