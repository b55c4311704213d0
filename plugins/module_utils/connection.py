# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that every module of the collection shares, and the client they describe.

Regions and hosts follow the vendor's page https://www.tencentcloud.com/document/product/1047/34620.
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

HOSTS = {
    "china": "console.tim.qq.com",
    "singapore": "adminapisgp.im.qcloud.com",
    "seoul": "adminapikr.im.qcloud.com",
    "frankfurt": "adminapiger.im.qcloud.com",
    "mumbai": "adminapiind.im.qcloud.com",
    "silicon_valley": "adminapiusa.im.qcloud.com",
    "jakarta": "adminapiidn.im.qcloud.com",
    "tokyo": "adminapijpn.im.qcloud.com",
}

# Not by env_fallback: one given in the task beats the other from the environment.
SECRETS = {"usersig": "TENCENT_CHAT_USERSIG", "secret_key": "TENCENT_CHAT_SECRET_KEY"}


def environment(variable: str) -> str:
    """The fallback of an option. An empty variable is none: AWX sets it for a field that was left empty."""
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

# The least and the greatest value of each number. A timeout has to fit into the system's clock.
_LIMITS = {
    "sdkappid": (1, 2**63 - 1),
    "usersig_expire": (1, 2**31 - 1),
    "timeout": (1, 600),
    "retries": (0, 20),
}


def arguments(own: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The arguments of AnsibleModule for a module with its *own* options beside the shared ones."""
    return {
        "argument_spec": {**_OPTIONS, **own},
        "mutually_exclusive": [("usersig", "secret_key")],
        "required_one_of": [("region", "api_url")],
    }


def secrets_of(options: Mapping[str, Any]) -> dict[str, str]:
    """The secrets that *options* give, else those of the environment, by the option's name."""
    given = {name: options[name] for name in SECRETS if options.get(name)}
    return given or {name: os.environ[variable] for name, variable in SECRETS.items() if os.environ.get(variable)}


def client_from(options: Mapping[str, Any]) -> Client:
    """The client that validated *options* describe. Raises OptionError; sends nothing."""
    check_limits(options)
    base_url = _base_url(options)
    route = transport.Route(
        validate_certs=options["validate_certs"],
        ca_path=_ca_path(options),
        proxy=transport.environment_proxy(base_url),
    )
    if base_url.startswith("https:"):
        transport.tls_context(route.validate_certs, route.ca_path)  # a bad ca_path is refused now
    endpoint = Endpoint(base_url, _name(options), route)
    return Client(endpoint, account_from(options), options["timeout"], options["retries"])


def check_limits(options: Mapping[str, Any]) -> None:
    """Raise OptionError for a number among *options* that is out of its range."""
    for name, (least, greatest) in _LIMITS.items():
        if name not in options:
            continue
        if isinstance(options[name], bool) or not least <= options[name] <= greatest:
            raise OptionError(f"{name}: {options[name]!r} is out of range", f"Give a number from {least} to {greatest}")


def account_from(options: Mapping[str, Any]) -> Account:
    """The account that *options* describe. Raises OptionError."""
    identifier = options["identifier"]
    if not identifier or identifier != identifier.strip() or not identifier.isprintable():
        raise OptionError(f"identifier: {identifier!r} is no account", "Give the name of an app admin account")
    given = secrets_of(options)
    variables = " or ".join(SECRETS.values())
    if len(given) != 1:
        what = "both are given" if given else "one of them is needed"
        raise OptionError(f"usersig, secret_key: {what}", f"Give one of the two in the task, or set {variables}")
    for name, value in given.items():
        if not value.isprintable() or " " in value:
            raise OptionError(f"{name}: it has blanks or control characters", "Give it as the console shows it")
    return Account(options["sdkappid"], identifier, usersig_expire=options["usersig_expire"], **given)


def _ca_path(options: Mapping[str, Any]) -> str | None:
    return options.get("ca_path") or None if options["validate_certs"] else None


def _base_url(options: Mapping[str, Any]) -> str:
    url, region = options.get("api_url"), options.get("region")
    if not url and not region:  # one of them is there, and empty
        raise OptionError("region, api_url: one of them is needed", f"Give one of {', '.join(HOSTS)} as region")
    if not url:
        return f"https://{HOSTS[region]}"
    parts = _split(url)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        # The value may hold a secret, so it is not shown.
        raise OptionError("api_url: it has credentials, a query or a fragment", "Give scheme, host, port and path")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return url.rstrip("/")
    raise OptionError(f"api_url: {url!r} is refused", "Use https; http is for loopback addresses only")


def _split(url: str) -> SplitResult:
    problem = OptionError(f"api_url: {url!r} is no URL" if "@" not in url else "api_url: it is no URL", "Check it")
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
    """What messages call the endpoint."""
    region, url = options.get("region"), options.get("api_url")
    return " by way of ".join(filter(None, [region, urlsplit(url).netloc if url else None]))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
