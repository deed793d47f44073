"""Which addresses a name may lead to: public ones; private ones only where the user's configuration names the host."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

Resolve = Callable[[str, int], list[str]]
"""(name, port) -> addresses as text; OSError where there are none."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NEVER = (
    "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "::/128", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64",
)  # fmt: skip
"""This host, link-local (where cloud machines keep their credentials), multicast, reserved: no registry is there."""
_PRIVATE = (
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15",
    "::1/128", "fc00::/7",
)  # fmt: skip
"""The networks of this machine and of its owner."""
_TUNNELS = ("2001::/32", "64:ff9b:1::/48")
"""IPv6 that stands for an IPv4 address which can't be read off."""


def system_resolve(name: str, port: int) -> list[str]:
    """The addresses that this machine's resolver gives, each once, in its order."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def forbidden(text: str, *, own: bool) -> str:
    """Why nobody is to be connected to the address `text`, or ''."""
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return "it does not lead to an address"
    address = _meant(address)
    if _within(address, _NEVER) or _within(address, _TUNNELS):
        return f"its address {address} is never that of a registry"
    if not own and _within(address, _PRIVATE):
        return f"its address {address} is not public, and the package manager's configuration does not name the host"
    return ""


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if _within(address, ("64:ff9b::/96",)) or (_within(address, ("::/96",)) and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _within(address: Address, networks: tuple[str, ...]) -> bool:
    found = (ipaddress.ip_network(network) for network in networks)
    return any(address in network for network in found if network.version == address.version)
