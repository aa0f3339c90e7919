import pytest

from socials.platforms.guard import HostRefused, check_addresses, check_spelling, origin_of

HOSTILE = [
    "http://example.org",
    "HTTP://example.org",
    "http://example.org:443",
    "ftp://example.org",
    "file:///etc/passwd",
    "gopher://example.org",
    "javascript:alert(1)",
    "data:text/html,x",
    "//example.org",
    "example.org",
    "",
    "https://",
    "https:///x",
    "https:/example.org",
    "https:example.org",
    " https://example.org",
    "https://exa mple.org",
    "https://example.org\n",
    "https://example.org\x00.evil.test",
    "https://exam\tple.org",
    "https://user@example.org",
    "https://user:pass@example.org",
    "https://example.org@127.0.0.1",
    "https://127.0.0.1@example.org",
    "https://example.org\\@127.0.0.1",
    "https://example.org\\.evil.test",
    "https://example.org%2eevil.test",
    "https://example.org%00",
    "https://example.org:80",
    "https://example.org:8443",
    "https://example.org:22",
    "https://example.org:0",
    "https://example.org:65536",
    "https://example.org:99999",
    "https://example.org:44a",
    "https://example.org:-443",
    "https://127.0.0.1",
    "https://127.1",
    "https://127.0.1",
    "https://0",
    "https://0.0.0.0",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://017700000001",
    "https://1.1.1.1",
    "https://example.org.1",
    "https://example.0x1",
    "https://10.0.0.1.",
    "https://169.254.169.254",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[fd00:ec2::254]",
    "https://[2606:4700::1111]",
    "https://[::1%25lo]",
    "https://[example.org]",
    "https://[",
    "https://１２７.０.０.１",
    "https://①②⑦.⓪.⓪.①",
    "https://localhost",
    "https://LOCALHOST",
    "https://a.localhost",
    "https://metadata",
    "https://metadata.google.internal",
    "https://printer.local",
    "https://nas.lan",
    "https://router.home.arpa",
    "https://router.home",
    "https://intranet.corp",
    "https://wiki.intranet",
    "https://nas.localdomain",
    "https://nas.private",
    "https://host.example",
    "https://other.alt",
    "https://hidden.onion",
    "https://x.invalid",
    "https://1.0.0.127.in-addr.arpa",
    "https://example.org.",
    "https://.example.org",
    "https://exa..mple.org",
    "https://-example.org",
    "https://example-.org",
    "https://exa_mple.org",
    "https://exam$ple.org",
    "https://example.org;x",
    "https://example.org,evil.test",
    "https://*.example.org",
    f"https://{'a' * 64}.org",
    f"https://{'a.' * 127}org",
    "https://exa\u200bmple.org:81",
    "https://example.org\u2044evil.test",
    "https://example.org\uff0f@evil.test",
    "https://\u202eexample.org",
    "https://" + "a" * 9_000 + ".org",
    "https://example.org/\x00",
    "https://example.org/a\r\nHost: evil.test",
    "https://example.org/" + "a" * (8_193 - len("https://example.org/")),
]


@pytest.mark.parametrize("url", HOSTILE, ids=lambda url: ascii(url)[:60])
def test_a_hostile_spelling_is_refused(url: str) -> None:
    with pytest.raises(HostRefused) as caught:
        check_spelling(url)
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://example.org", "https://example.org"),
        ("https://example.org/x?y#z", "https://example.org"),
        ("https://example.org?x@127.0.0.1", "https://example.org"),
        ("https://example.org#@127.0.0.1", "https://example.org"),
        ("https://example.org/@127.0.0.1", "https://example.org"),
        ("https://EXAMPLE.org:443", "https://example.org"),
        ("HTTPS://pds.example.co.uk", "https://pds.example.co.uk"),
        ("https://bücher.example.org", "https://xn--bcher-kva.example.org"),
        ("https://xn--bcher-kva.example.org", "https://xn--bcher-kva.example.org"),
        ("https://ｅｘａｍｐｌｅ.org", "https://example.org"),
        ("https://example\u3002org", "https://example.org"),
        ("https://1password.com", "https://1password.com"),
        ("https://0x7f.example.org", "https://0x7f.example.org"),
        ("https://example.org/" + "a" * (8_192 - len("https://example.org/")), "https://example.org"),
    ],
)
def test_a_public_host_passes_in_its_plain_spelling(url: str, origin: str) -> None:
    assert str(check_spelling(url)) == origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://localhost:2583/x", "http://localhost:2583"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("http://example.org:443", "http://example.org:443"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://localhost:65535", "http://localhost:65535"),
    ],
)
def test_private_hosts_pass_where_they_are_wanted(url: str, origin: str) -> None:
    assert str(check_spelling(url, private=True)) == origin


@pytest.mark.parametrize(
    "url", ["ftp://localhost", "http://u:p@localhost", "http://localhost:0", "http://localhost:65536", "http://a\\@b"]
)
def test_nonsense_is_refused_even_there(url: str) -> None:
    with pytest.raises(HostRefused):
        check_spelling(url, private=True)


def test_an_origin_knows_its_standard_port() -> None:
    assert (
        origin_of("http://example.org:80/x").port == 80
        and str(origin_of("http://example.org:80")) == "http://example.org"
    )


PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "fc00::1",
    "fd00:ec2::254",
    "4000::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1111%1",
    "not an address",
    "",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused_alone_and_among_others(address: str) -> None:
    for addresses in ([address], ["1.1.1.1", address], [address, "1.1.1.1"]):
        with pytest.raises(HostRefused):
            check_addresses(addresses)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_a_public_address_passes(address: str) -> None:
    check_addresses([address])


def test_a_host_without_addresses_is_refused() -> None:
    with pytest.raises(HostRefused):
        check_addresses([])
