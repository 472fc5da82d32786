"""The socket of the service, and how its address is written."""

import ipaddress
import os
import socket

from service.errors import CannotListenError
from service.settings import Settings


def listen(settings: Settings) -> socket.socket:
    """A socket that listens at the address of the settings.

    Raises:
        CannotListenError: the system refuses that.
    """
    try:
        return _socket(settings.host, settings.port)
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise CannotListenError(_authority(settings.host, settings.port), str(reason)) from error


def _socket(host: str, port: int) -> socket.socket:
    """A socket that listens there; on `::` it takes IPv4 too, whatever the system's default."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, dualstack_ipv6=both)


def address_of(settings: Settings) -> str:
    """A URL that reaches the service from this machine."""
    try:
        everywhere = ipaddress.ip_address(settings.host).is_unspecified
    except ValueError:  # a name
        everywhere = False
    return f"http://{_authority('127.0.0.1' if everywhere else settings.host, settings.port)}"


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
