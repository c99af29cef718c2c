"""A self-signed certificate for 127.0.0.1, made at run time."""

from __future__ import annotations

import importlib
import importlib.util
import ipaddress
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path


def make(folder: Path) -> tuple[Path, Path]:
    """Write and return a certificate and its key, valid for two days."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    if importlib.util.find_spec("cryptography"):
        _with_cryptography(certificate, key)
    else:
        _with_openssl(certificate, key)
    return certificate, key


def _with_cryptography(certificate: Path, key: Path) -> None:
    x509 = importlib.import_module("cryptography.x509")
    hashes = importlib.import_module("cryptography.hazmat.primitives.hashes")
    forms = importlib.import_module("cryptography.hazmat.primitives.serialization")
    curves = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ec")
    private = curves.generate_private_key(curves.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(built.public_bytes(forms.Encoding.PEM))
    form = (forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    key.write_bytes(private.private_bytes(*form))


def _with_openssl(certificate: Path, key: Path) -> None:
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
