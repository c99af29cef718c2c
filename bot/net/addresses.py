"""Which network addresses nobody else's text may make us call (SSRF)."""

import ipaddress
import socket
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# what `ipaddress` calls global and is no host of the open internet: protocol assignments and clouds' own services
# (192.0.0.192, 168.63.129.16), 6to4 relays, local NAT64 (RFC 8215), IPv4-translated (RFC 2765), site-local (RFC 3879),
# segment routing (RFC 9602), documentation (RFC 9637)
_CLOSED = [
    ipaddress.ip_network(net)
    for net in "192.0.0.0/24 168.63.129.16/32 192.88.99.0/24 64:ff9b:1::/48 ::ffff:0:0:0/96 fec0::/10 5f00::/16 "
    "3fff::/20".split()
]


def is_public(text: str) -> bool:
    """Whether an address is a host of the open internet: not private, loopback, link-local, shared or multicast.

    An IPv4 address wrapped in IPv6 (mapped, 6to4, Teredo, NAT64) is judged by itself.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    return all(
        each.is_global and not each.is_multicast and not any(each in net for net in _CLOSED)
        for each in (address, *_wrapped(address))
    )


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, in the system's order; raises OSError where it has none."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def _wrapped(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inner: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if int(address) >> 32 == 0 and int(address) > 1:  # the old "IPv4-compatible" form
        inner.append(ipaddress.IPv4Address(int(address)))
    return [each for each in inner if each is not None]


def is_http(url: str) -> bool:
    """Whether an address is one of http or https, with a host and without a password in it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and not parts.password
