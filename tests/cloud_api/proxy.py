"""A way to the simulated platform for programs that know only its real names: an HTTPS proxy that leads them here."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cloud_api.account import Account
from tests.cloud_api.server import doors, listening

HOSTS = ("tcb.tencentcloudapi.com", "scf.tencentcloudapi.com")


@contextmanager
def proxied(account: Account, folder: Path) -> Iterator[tuple[str, Path]]:
    """The proxy's address, and the certificate to trust; nothing but the two services is let through."""
    certificate = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, folder / "key.pem")
    inside = doors(account)

    class Tunnel(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if self.path not in {f"{host}:443" for host in HOSTS}:
                self.send_error(403)
                return
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            try:
                with context.wrap_socket(self.connection, server_side=True) as secure:
                    inside(secure, self.client_address, self.server)
            except (ssl.SSLError, ConnectionError):
                return

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with listening(Tunnel) as port:
        yield f"http://127.0.0.1:{port}", certificate


def _certificate(folder: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the simulated platform")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = serialization.PrivateFormat.PKCS8
    text = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(text)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "certificate.pem"
