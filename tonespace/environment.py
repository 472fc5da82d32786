"""What the environment says of the way to a service: its address and key, a proxy, certificates."""

import importlib.util
import ipaddress
import os
import ssl
from urllib.request import getproxies, proxy_bypass

import httpx

from tonespace.errors import EnvironmentSettingError

DEFAULT_SERVER = "http://127.0.0.1:8000"


def server_or_default(server: str | None) -> str:
    """Returns the address given, else that of TONESPACE_SERVER, else port 8000 of this machine."""
    return server or os.environ.get("TONESPACE_SERVER") or DEFAULT_SERVER


def key_header() -> dict[str, str]:
    """Returns the header with the API key of TONESPACE_KEY; none without it."""
    key = os.environ.get("TONESPACE_KEY")
    return {"Authorization": f"Bearer {key}"} if key else {}


def proxy_to(server: str) -> httpx.Proxy | None:
    """Returns the proxy that the environment names for an address; this machine is reached without one.

    Raises:
        EnvironmentSettingError: the proxy's address, or its kind, cannot be used.
    """
    url = httpx.URL(server)
    if _is_this_machine(url.host) or proxy_bypass(url.netloc.decode()) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    name = url.scheme if url.scheme in proxies else "all"
    if name not in proxies:
        return None
    address = proxies[name] if "://" in proxies[name] else f"http://{proxies[name]}"
    setting = f"{name.upper()}_PROXY"
    try:
        proxy = httpx.Proxy(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise EnvironmentSettingError(setting, "it is not the address of a proxy") from error
    if proxy.url.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        raise EnvironmentSettingError(
            setting, f"{address_of(proxy)} needs `pip install 'httpx[socks]'`, or NO_PROXY={url.host}"
        )
    return proxy


def address_of(proxy: httpx.Proxy) -> str:
    """Returns the address of a proxy without its password."""
    return str(proxy.url.copy_with(userinfo=b""))


def certificates_for(server: str) -> ssl.SSLContext | bool:
    """Returns the certificates that an https address is checked with; http has none to check.

    Raises:
        EnvironmentSettingError: SSL_CERT_FILE names no certificates.
    """
    if httpx.URL(server).scheme != "https":
        return False
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        reason = f"{os.environ.get('SSL_CERT_FILE')}: {error.strerror or error}"
        raise EnvironmentSettingError("SSL_CERT_FILE", reason) from error


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
