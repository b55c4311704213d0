# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that every module of the collection shares, and the client that they describe.

Regions and hosts follow https://www.tencentcloud.com/document/product/1047/34620.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ansible.module_utils.errors import AnsibleFallbackNotFound

from . import transport
from .client import Account, Client, Endpoint
from .errors import OptionError
from .text import kind

HOSTS = {
    "china": "console.tim.qq.com",
    "singapore": "adminapisgp.im.qcloud.com",
    "seoul": "adminapikr.im.qcloud.com",
    "frankfurt": "adminapiger.im.qcloud.com",
    "mumbai": "adminapiind.im.qcloud.com",
    "silicon_valley": "adminapiusa.im.qcloud.com",
    "jakarta": "adminapiidn.im.qcloud.com",
    "tokyo": "adminapijpn.im.qcloud.com",
    "riyadh": "adminapiksa.im.qcloud.com",
}

# Without env_fallback, because an option in the task takes precedence over both environment variables.
SECRETS = {"usersig": "TENCENT_CHAT_USERSIG", "secret_key": "TENCENT_CHAT_SECRET_KEY"}


def environment(variable: str) -> str:
    """Return the fallback of an option. An empty variable is unset: AWX sets it for a field that was left empty."""
    value = os.environ.get(variable)
    if not value:
        raise AnsibleFallbackNotFound
    return value


_OPTIONS: dict[str, dict[str, Any]] = {
    "region": {"type": "str", "choices": list(HOSTS), "fallback": (environment, ["TENCENT_CHAT_REGION"])},
    "api_url": {"type": "str", "fallback": (environment, ["TENCENT_CHAT_API_URL"])},
    "sdkappid": {"type": "int", "required": True, "fallback": (environment, ["TENCENT_CHAT_SDKAPPID"])},
    "identifier": {
        "type": "str",
        "default": "administrator",
        "fallback": (environment, ["TENCENT_CHAT_IDENTIFIER"]),
    },
    "usersig": {"type": "str", "no_log": True},
    "secret_key": {"type": "str", "no_log": True},
    "usersig_expire": {"type": "int", "default": 3600},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path", "fallback": (environment, ["TENCENT_CHAT_CA_PATH"])},
    "timeout": {"type": "int", "default": 10},
    "retries": {"type": "int", "default": 3},
}

# The smallest and the largest value of each number. A timeout has to fit into the clock of the system.
_LIMITS = {
    "sdkappid": (1, 2**63 - 1),
    "usersig_expire": (1, 2**31 - 1),
    "timeout": (1, 600),
    "retries": (0, 20),
}


def arguments(own: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the arguments of AnsibleModule for a module with its *own* options besides the shared ones."""
    return {
        "argument_spec": {**_OPTIONS, **own},
        "mutually_exclusive": [("usersig", "secret_key")],
        "required_one_of": [("region", "api_url")],
    }


def check_yaml(options: Mapping[str, Any]) -> None:
    """Raise OptionError for a string option that YAML read as something else: 0123 is the number 83 to YAML."""
    for name, spec in _OPTIONS.items():
        value = options.get(name)
        if spec["type"] in ("str", "path") and value is not None and not isinstance(value, str):
            shown = "" if name in SECRETS else f": {value}"
            raise OptionError(f"{name} must be a string, not {kind(value)}{shown}", "Quote it")


def secrets_of(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the secrets in *options*, else those in the environment, by the name of the option."""
    given = {name: str(options[name]) for name in SECRETS if options.get(name)}
    return given or {name: os.environ[variable] for name, variable in SECRETS.items() if os.environ.get(variable)}


def client_from(options: Mapping[str, Any], directory: str = "") -> Client:
    """Return the client that validated *options* describe. Raises OptionError; sends nothing.

    directory -- where a relative ca_path begins, if not in the current directory
    """
    check_limits(options)
    base_url = _base_url(options)
    route = transport.Route(
        validate_certs=options["validate_certs"],
        ca_path=_ca_path(options, directory),
        proxy=transport.environment_proxy(base_url),
    )
    if base_url.startswith("https:"):
        transport.tls_context(route.validate_certs, route.ca_path)  # rejects a bad ca_path now
    endpoint = Endpoint(base_url, _name(options), route)
    return Client(endpoint, account_from(options), options["timeout"], options["retries"])


def check_limits(options: Mapping[str, Any]) -> None:
    """Raise OptionError for a number in *options* that is out of its range."""
    for name, limits in _LIMITS.items():
        if name in options:
            check_range(name, options[name], *limits)


def check_range(name: str, value: Any, smallest: int, largest: int) -> None:
    """Raise OptionError if the number *value* of the option *name* is out of range."""
    if isinstance(value, bool) or not smallest <= value <= largest:
        raise OptionError(f"{name} {value!r} is out of range", f"Set a number from {smallest} to {largest}")


def account_from(options: Mapping[str, Any]) -> Account:
    """Return the account that *options* describe. Raises OptionError."""
    identifier = options["identifier"]
    if not identifier or identifier != identifier.strip() or not identifier.isprintable():
        raise OptionError(f"identifier {identifier!r} is not a valid account", "Set it to an app admin account")
    given = secrets_of(options)
    if len(given) != 1:
        _reject_secrets(bool(given))
    for name, value in given.items():
        if not value.isprintable() or " " in value:
            raise OptionError(f"{name} contains spaces or control characters", "Copy it from the console unchanged")
    return Account(options["sdkappid"], identifier, usersig_expire=options["usersig_expire"], **given)


def _reject_secrets(both: bool) -> None:
    """Raise OptionError: neither secret is set, or the environment sets both. (AnsibleModule rejects both options.)"""
    first, second = SECRETS.values()
    if both:
        raise OptionError(f"the environment sets both {first} and {second}", f"Unset {first} or {second}")
    what = "usersig or secret_key must be set"
    raise OptionError(what, f"Set one of them in the task, or set {first} or {second} in the environment")


def _ca_path(options: Mapping[str, Any], directory: str) -> str | None:
    path = options.get("ca_path")
    if not path or not options["validate_certs"]:
        return None
    return os.path.join(directory or os.getcwd(), path)  # messages show where it was looked for


def _base_url(options: Mapping[str, Any]) -> str:
    url, region = options.get("api_url"), options.get("region")
    if not url and not region:  # one of them is set, but empty
        raise OptionError("region or api_url must be set", f"Set region to one of {', '.join(HOSTS)}")
    if not url:
        return f"https://{HOSTS[str(region)]}"
    parts = _split(url)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        # The value may contain a secret, so it is not shown.
        what = "api_url contains credentials, a query or a fragment"
        raise OptionError(what, "Set it to scheme, host, port and path only")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return str(url).rstrip("/")
    raise OptionError(
        f"api_url {url!r} is not allowed", "Begin it with https://; http:// is for loopback addresses only"
    )


def _split(url: str) -> SplitResult:
    shown = "api_url" if "@" in url else f"api_url {url!r}"
    if "://" not in url:
        raise OptionError(f"{shown} has no scheme", "Begin it with https://")
    problem = OptionError(f"{shown} is not a valid URL", "Write it as https://HOST[:PORT][/PATH]")
    if not url.isprintable() or " " in url or "\\" in url:
        raise problem
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0:
            raise problem
    except ValueError:
        raise problem from None
    return parts


def _name(options: Mapping[str, Any]) -> str:
    """Return what messages call the endpoint."""
    region, url = options.get("region"), options.get("api_url")
    return " through ".join(filter(None, [region, urlsplit(url).netloc if url else None]))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
