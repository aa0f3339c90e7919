"""Whom a handle trusts: those in the folder that the build lays out, found by OpenSSL itself, and nobody else."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import certifi
import pycurl
import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from layers.dependencies.authorities import PEM, lay_out, name_of, write
from socials.authorities import Authorities, authorities
from tests.support.certifying import is_believed, self_signed
from tests.support.serving import Server, http, says

HOST = "api.example.org"
USUAL = PEM.findall(Path(certifi.where()).read_text(encoding="utf-8"))


def named(*attributes: x509.NameAttribute) -> x509.Name:
    """All of them in one set, and a country after it."""
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")
    return x509.Name([x509.RelativeDistinguishedName(attributes), x509.RelativeDistinguishedName([country])])


ODD = {
    "spaces": named(x509.NameAttribute(NameOID.COMMON_NAME, "  A \t name  of\nThree ")),
    "letters of elsewhere": named(x509.NameAttribute(NameOID.COMMON_NAME, "ÄRZTE Łódź 認証")),
    "letters of two bytes": named(x509.NameAttribute(NameOID.COMMON_NAME, "Főtanúsítvány", _ASN1Type.BMPString)),
    "letters of four bytes": named(x509.NameAttribute(NameOID.COMMON_NAME, "Főt", _ASN1Type.UniversalString)),
    "several at a time": named(
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Longer Than The Other"),
        x509.NameAttribute(NameOID.COMMON_NAME, "z"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "CA@Example.org", _ASN1Type.IA5String),
    ),
    "a name of many bytes": x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "long " * 12)] * 6),
    "one that is no text": named(
        x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\0A  b", _ASN1Type.BitString),
    ),
}


def laid_out(folder: Path, *files: str) -> Path:
    write([pem for file in files for pem in PEM.findall(Path(file).read_text())], folder)
    return folder


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # some have 0 for one
def test_openssl_looks_for_every_usual_authority_where_the_build_lays_it(tmp_path: Path) -> None:
    """In its place lies another one of its name, since nobody here has its key."""
    assert len(USUAL) == Path(certifi.where()).read_text(encoding="utf-8").count("BEGIN CERTIFICATE") > 100
    lost = []
    for pem in USUAL:
        subject = x509.load_pem_x509_certificate(pem.encode()).subject
        server, file = self_signed(HOST, tmp_path, subject)
        place = tmp_path / f"{name_of(ssl.PEM_cert_to_DER_cert(pem))}.0"
        place.write_text(Path(file).read_text())
        if not is_believed(server, HOST, tmp_path):
            lost.append(subject.rfc4514_string())
        place.unlink()
        assert not is_believed(server, HOST, tmp_path)
    assert lost == []


@pytest.mark.parametrize("kind", ODD)
def test_openssl_finds_odd_names_too(tmp_path: Path, kind: str) -> None:
    server, file = self_signed(HOST, tmp_path, ODD[kind])
    assert is_believed(server, HOST, laid_out(tmp_path / "authorities", file))


def test_two_of_one_name_are_both_found(tmp_path: Path) -> None:
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        made.append(self_signed(HOST, folder))
    folder = laid_out(tmp_path / "authorities", *(file for _, file in made))
    assert [path.suffix for path in sorted(folder.iterdir())] == [".0", ".1"]
    assert [is_believed(server, HOST, folder) for server, _ in made] == [True, True]


def test_a_certifi_that_keeps_its_bundle_elsewhere_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lay_out(tmp_path)


def test_the_build_lays_out_beside_the_bundle_what_is_in_it_and_a_handle_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert authorities() == Authorities(certifi.where())
    bundle = tmp_path / "certifi" / "cacert.pem"
    bundle.parent.mkdir()
    bundle.write_text("\n# One\n".join(USUAL), encoding="utf-8")
    monkeypatch.setattr("certifi.where", lambda: str(bundle))
    assert authorities() == Authorities(str(bundle))
    lay_out(tmp_path)
    folder = tmp_path / "certifi" / "authorities"
    assert authorities() == Authorities(str(folder), is_folder=True)
    assert sorted(path.read_text() for path in folder.iterdir()) == sorted(USUAL)
    assert authorities("/own.pem") == Authorities("/own.pem")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """With the file of who vouches for it."""
    context, file = self_signed(HOST, tmp_path)
    started = Server(says(http()), context)
    yield started, file
    started.close()


def told(curl: pycurl.Curl, server: Server, host: str = HOST) -> int:
    """libcurl's error, 0 where an answer came."""
    curl.setopt(pycurl.URL, f"https://{host}:{server.port}/")
    curl.setopt(pycurl.RESOLVE, [f"{host}:{server.port}:127.0.0.1"])
    curl.setopt(pycurl.WRITEFUNCTION, lambda part: None)
    curl.setopt(pycurl.FRESH_CONNECT, True)
    curl.setopt(pycurl.PROXY, "")
    try:
        curl.perform()
    except pycurl.error as error:
        return int(error.args[0])
    return 0


def test_a_handle_trusts_who_is_in_the_folder_for_their_own_name(server: tuple[Server, str], tmp_path: Path) -> None:
    started, file = server
    curl = pycurl.Curl()
    Authorities(str(laid_out(tmp_path / "known", file)), is_folder=True).bind(curl)
    assert told(curl, started) == 0
    assert told(curl, started, "www.example.org") == pycurl.E_PEER_FAILED_VERIFICATION
    assert len(started.requests) == 1


def test_a_handle_trusts_nobody_beside(server: tuple[Server, str], tmp_path: Path) -> None:
    """Whoever it trusted before, as it does its system's by itself."""
    started, file = server
    known = Authorities(str(laid_out(tmp_path / "known", file)), is_folder=True)
    unknown = Authorities(str(laid_out(tmp_path / "unknown", certifi.where())), is_folder=True)
    nobody = Authorities(str(tmp_path / "nowhere"), is_folder=True)
    for before, after in (
        (Authorities(file), unknown),
        (Authorities(file), nobody),
        (known, unknown),
        (known, Authorities(certifi.where())),
    ):
        curl = pycurl.Curl()
        before.bind(curl)
        after.bind(curl)
        assert told(curl, started) == pycurl.E_PEER_FAILED_VERIFICATION
    assert not started.requests
