"""TLS of one's own: whom the authority may sign for, what the command leaves, what is served."""

from __future__ import annotations

import asyncio
import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from dashboard.__main__ import main
from dashboard.certificates import (
    CertificateError,
    Pair,
    is_signed_by,
    make_authority,
    make_certificate,
    names_of,
    read_pair,
)
from tests.dashboard.support import free_port, make_config, running_site

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
NAMES = ["mat.example", "127.0.0.1", "::1"]


def verified(folder: Path, authority: Pair, server: Pair, *options: str) -> str:
    """Say what OpenSSL thinks of a certificate."""
    (folder / "a.pem").write_bytes(authority.certificate_pem)
    (folder / "c.pem").write_bytes(server.certificate_pem)
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", *options]
    done = subprocess.run(
        [*command, "-CAfile", folder / "a.pem", folder / "c.pem"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_openssl_takes_the_certificate_for_its_names(tmp_path: Path) -> None:
    authority = make_authority(NAMES, NOW)
    own = make_certificate(authority, NAMES[:2], NOW)
    assert verified(tmp_path, authority, own, "-verify_hostname", NAMES[0]).endswith("OK\n")
    assert verified(tmp_path, authority, own, "-verify_ip", NAMES[1]).endswith("OK\n")
    assert "mismatch" in verified(tmp_path, authority, own, "-verify_hostname", "bank.example")
    assert names_of(own.certificate) == NAMES[:2]
    holds = own.certificate.not_valid_after_utc - own.certificate.not_valid_before_utc
    assert holds < timedelta(days=825)


def test_an_authority_signs_for_nobody_else(tmp_path: Path) -> None:
    authority, other = (make_authority([name], NOW) for name in ("mat.example", "bank.example"))
    with pytest.raises(CertificateError, match="not for bank"):
        make_certificate(authority, ["mat.example", "bank.example"], NOW)
    # Whoever has stolen the key of the first makes one all the same.
    stolen = Pair(other.certificate, authority.key)
    forged = make_certificate(stolen, ["bank.example"], NOW)
    assert not is_signed_by(forged.certificate, authority.certificate)
    assert "error" in verified(tmp_path, authority, forged)


@pytest.mark.parametrize("name", ["", "a b", "-a", "a..b", "x" * 64, "mat.example/", "1.2.3.4/8"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(CertificateError, match="neither"):
        make_authority([name], NOW)


def config_file(folder: Path) -> Path:
    make_config(folder, free_port(), 9)
    file = folder / "dashboard.toml"
    file.write_text(
        '[web]\nport = 8443\nhost = "0.0.0.0"\n[broker]\nhost = "127.0.0.1"\n[mat]\nid = "demo"\n'
        '[sign_in]\ntoken_file = "token"\n'
    )
    return file


def tls(folder: Path, *arguments: str) -> int:
    return main(["tls", "--config", str(config_file(folder)), *arguments])


def test_init_tells_what_to_do_and_keeps_keys_to_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tls(tmp_path, "init", "mat.example") == 0
    said = capsys.readouterr().out
    assert 'names = ["mat.example"]' in said
    assert 'certificate = "tls/dashboard.pem"' in said
    for key in ("authority.key", "dashboard.key"):
        assert stat.S_IMODE((tmp_path / "tls" / key).stat().st_mode) == 0o600
    authority = (tmp_path / "tls/authority.pem").read_bytes()
    assert tls(tmp_path, "init", "mat.example") == 0
    assert (tmp_path / "tls/authority.pem").read_bytes() == authority
    assert tls(tmp_path, "init", "other.example") == 1
    assert "--new-authority" in capsys.readouterr().err
    assert tls(tmp_path, "init", "other.example", "--new-authority") == 0
    assert (tmp_path / "tls/authority.pem").read_bytes() != authority
    assert tls(tmp_path, "show") == 0
    assert "other.example" in capsys.readouterr().out


def test_renew_waits_until_it_is_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tls(tmp_path, "renew") == 1
    assert "tls init" in capsys.readouterr().err
    assert tls(tmp_path, "init", "mat.example") == 0
    folder = tmp_path / "tls"
    before = (folder / "dashboard.pem").read_bytes()
    assert tls(tmp_path, "renew") == 0
    assert (folder / "dashboard.pem").read_bytes() == before
    authority = read_pair(
        (folder / "authority.pem").read_bytes(), (folder / "authority.key").read_bytes()
    )
    old = make_certificate(authority, ["mat.example"], NOW - timedelta(days=700))
    (folder / "dashboard.pem").write_bytes(old.certificate_pem)
    (folder / "dashboard.key").write_bytes(old.key_pem)
    assert tls(tmp_path, "renew") == 0
    new = read_pair(
        (folder / "dashboard.pem").read_bytes(), (folder / "dashboard.key").read_bytes()
    )
    assert new.certificate.not_valid_after_utc > NOW + timedelta(days=700)
    assert is_signed_by(new.certificate, authority.certificate)
    (folder / "dashboard.key").write_bytes(authority.key_pem)
    capsys.readouterr()
    assert tls(tmp_path, "show") == 1
    assert "dashboard.pem: the key is not that" in capsys.readouterr().err


def test_a_browser_that_trusts_the_authority_is_served(tmp_path: Path) -> None:
    authority = make_authority(["127.0.0.1"], NOW)
    own = make_certificate(authority, ["127.0.0.1"], NOW)
    for name, content in (("a.pem", authority.certificate_pem), ("c.pem", own.certificate_pem)):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "c.key").write_bytes(own.key_pem)
    trusting = ssl.create_default_context(cafile=tmp_path / "a.pem")

    async def scenario() -> None:
        files: dict[str, Any] = {"certificate": "c.pem", "key": "c.key", "authority": "a.pem"}
        async with running_site(tmp_path, **files) as port:
            host = f"127.0.0.1:{port}"
            async with httpx.AsyncClient(verify=trusting) as browser:
                assert (await browser.get(f"https://{host}/healthz")).status_code == 200
                offered = await browser.get(f"https://{host}/authority.crt")
                assert offered.content == authority.certificate_pem
            with pytest.raises(httpx.ConnectError):
                await httpx.AsyncClient().get(f"https://{host}/healthz")
            # Of a page that came unprotected, though from the same host.
            with pytest.raises(InvalidStatus):
                await connect(
                    f"wss://{host}/ws/live", ssl=trusting, origin=Origin(f"http://{host}")
                )

    asyncio.run(scenario())
