"""`make test-artefact`: who may say who a server is, as the layer has them."""

import os
import shutil
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from layers.dependencies.authorities import PEM, name_of
from socials.errors import RetryLater
from socials.platforms.base import Request
from socials.platforms.bluesky import BLUESKY
from socials.platforms.client import Door
from tests.support.certifying import is_believed, self_signed
from tests.support.serving import Server, http, says

ROOT = Path(__file__).parents[2]
BUILD = ROOT / os.environ.get("ARTEFACT", ".aws-sam/bench")
CERTIFI = BUILD / "DependenciesLayer" / "python" / "certifi"
HOST = "api.example.org"

pytestmark = pytest.mark.skipif(
    not (BUILD / "template.yaml").exists(), reason="nothing is built (make test-artefact builds it)"
)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # some have 0 for one
def test_every_authority_of_the_bundle_lies_where_openssl_looks_for_it(tmp_path: Path) -> None:
    """In its place lies another one of its name, since nobody here has its key."""
    laid_out = {path.name: path.read_text(encoding="utf-8") for path in (CERTIFI / "authorities").iterdir()}
    assert sorted(laid_out.values()) == sorted(PEM.findall((CERTIFI / "cacert.pem").read_text(encoding="utf-8")))
    assert len(laid_out) > 100
    lost = []
    for place, pem in laid_out.items():
        server, file = self_signed(HOST, tmp_path, x509.load_pem_x509_certificate(pem.encode()).subject)
        shutil.copy(file, tmp_path / f"{place.partition('.')[0]}.0")
        if not is_believed(server, HOST, tmp_path):
            lost.append(place)
    assert lost == []


def test_a_call_finds_its_authority_in_the_layers_folder_and_trusts_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = shutil.copytree(CERTIFI, tmp_path / "certifi")
    monkeypatch.setattr("certifi.where", lambda: str(copied / "cacert.pem"))
    context, file = self_signed(HOST, tmp_path)
    server = Server(says(http()), context)
    door = Door(lambda: datetime.now(UTC), resolve=lambda *_: ["127.0.0.1"])
    asked = Request(call="profile", method="GET", url=f"https://{HOST}:{server.port}/")
    with pytest.raises(RetryLater) as caught:
        door.open(BLUESKY, None).call(asked)
    assert caught.value.code == "tls_failed"
    [pem] = PEM.findall(Path(file).read_text())
    (copied / "authorities" / f"{name_of(ssl.PEM_cert_to_DER_cert(pem))}.0").write_text(pem)
    assert door.open(BLUESKY, None).call(asked).status == 200
    server.close()
