"""Files that the browser loads: read once, known by name, so that no path can lead outside."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from core.errors import MatError

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
FOLDER = Path(__file__).parent
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class AssetError(MatError, OSError):
    """A file that cannot be given to browsers."""


@dataclass(frozen=True)
class Asset:
    """Some bytes that a browser may keep and ask about again."""

    content: bytes
    media_type: str

    @property
    def etag(self) -> str:
        """Changes whenever the content does."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


def read_folder(folder: Path) -> dict[str, Asset]:
    """Read the files below a folder whose kind is known, by their relative names."""
    files = (path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES and path.is_file())
    return {path.relative_to(folder).as_posix(): _read(path) for path in files}


def foot_outline() -> Asset:
    """Outline of a foot, which core and the page share."""
    content = resources.files("core").joinpath("foot.json").read_bytes()
    return Asset(content, MEDIA_TYPES[".json"])


def read_authority(path: Path) -> Asset:
    """Read the certificate that phones are to trust.

    Raises
    ------
    AssetError
        If it is no certificate that anybody may have: a key in its place must not be given away.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AssetError(
            f"{path}: {error.strerror}; reflexmat-dashboard tls init makes one"
        ) from None
    if not content.startswith(_CERTIFICATE) or b"PRIVATE" in content:
        raise AssetError(f"{path}: not a certificate in PEM, or more than that")
    return Asset(content, "application/x-x509-ca-cert")


def _read(path: Path) -> Asset:
    return Asset(path.read_bytes(), MEDIA_TYPES[path.suffix])
