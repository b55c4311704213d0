# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that every module of the collection shares, and the client that they describe."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.errors import AnsibleFallbackNotFound

from . import endpoint, tls
from .client import Account, Client, Endpoint
from .errors import OptionError
from .values import flaw_of_account, kind, optional
from .worker import Workers

# Without env_fallback, because an option in the task takes precedence over both environment variables.
SECRETS = {"usersig": "TENCENT_CHAT_USERSIG", "secret_key": "TENCENT_CHAT_SECRET_KEY"}
_UNCHANGED = {
    "usersig": "Pass the generated UserSig unchanged",
    "secret_key": "Copy the key from the console unchanged",
}


def environment(variable: str) -> str:
    """Return the fallback of an option. An empty variable is unset: AWX sets it for a field that was left empty."""
    value = os.environ.get(variable)
    if not value:
        raise AnsibleFallbackNotFound
    return value


_OPTIONS: dict[str, dict[str, Any]] = {
    "region": {"type": "str", "choices": list(endpoint.HOSTS), "fallback": (environment, ["TENCENT_CHAT_REGION"])},
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
    # No variable: one that somebody forgot to unset would send secrets to any server.
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path", "fallback": (environment, ["TENCENT_CHAT_CA_PATH"])},
    "timeout": {"type": "int", "default": 10, "fallback": (environment, ["TENCENT_CHAT_TIMEOUT"])},
    "retries": {"type": "int", "default": 3, "fallback": (environment, ["TENCENT_CHAT_RETRIES"])},
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


def explained(problem: str) -> str:
    """Return *problem*, a message of AnsibleModule. If an option is missing, add which variables can set it."""
    begins, _colon, names = problem.partition(": ")
    if begins not in ("missing required arguments", "one of the following is required"):
        return problem
    fallbacks = [_OPTIONS[name]["fallback"][1] for name in names.split(", ") if name in _OPTIONS]
    variables = " or ".join(variable for fallback in fallbacks for variable in fallback)
    return (
        f"{problem}. Set it in the task, in module_defaults, or with {variables} in the environment"
        if variables
        else problem
    )


def _string(name: str, value: Any) -> Any:
    """Return *value* if it is a string. YAML reads 0123 as the number 83. Raises OptionError."""
    if isinstance(value, str):
        return value
    shown = "" if name in SECRETS else f": {value}"
    raise OptionError(f"{name} must be a string, not {kind(value)}{shown}", "Quote the value")


# The parsers of the shared options, for Operation.parse().
PARSERS: dict[str, Callable[[Any], Any]] = {
    name: optional(functools.partial(_string, name))
    for name, spec in _OPTIONS.items()
    if spec["type"] in ("str", "path")
}


def secrets_of(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the secrets in *options*, else those in the environment, by the name of the option."""
    given = {name: str(options[name]) for name in SECRETS if options.get(name)}
    return given or {name: os.environ[variable] for name, variable in SECRETS.items() if os.environ.get(variable)}


def client_from(
    options: Mapping[str, Any],
    workers: Workers,
    directory: str = "",
    is_wanted: Callable[[], bool] = lambda: True,
    tell: Callable[[str], object] | None = None,
) -> Client:
    """Return the client that validated *options* describe. Raises OptionError; sends nothing.

    directory -- where a relative ca_path begins, if not in the current directory
    is_wanted, tell -- as in Client
    """
    check_limits(options)
    url = endpoint.base_url(options)
    proxy = tls.environment_proxy(url)
    route = tls.Route(options["validate_certs"], _ca_path(options, directory), proxy)
    tls.context(route.validate_certs, route.ca_path)  # rejects a bad ca_path now
    target = Endpoint(url, endpoint.name(options), route)
    account = account_from(options)
    return Client(target, account, workers, options["timeout"], options["retries"], is_wanted, tell)


def check_limits(options: Mapping[str, Any]) -> None:
    """Raise OptionError for a number in *options* that is out of its range."""
    for name, limits in _LIMITS.items():
        if name in options:
            check_range(name, options[name], *limits)


def check_range(name: str, value: Any, smallest: int, largest: int) -> None:
    """Raise OptionError if the number *value* of the option *name* is out of range."""
    if isinstance(value, bool) or not smallest <= value <= largest:
        found = f"{kind(value)}: {value}" if isinstance(value, bool) else value
        raise OptionError(f"{name} must be an integer from {smallest} to {largest}, not {found}")


def account_from(options: Mapping[str, Any]) -> Account:
    """Return the account that *options* describe. Raises OptionError."""
    identifier = options["identifier"]
    flaw = flaw_of_account(identifier) if identifier else "is empty"
    if flaw:
        raise OptionError(f"identifier {flaw}: {identifier!r}", "Set identifier to an app admin account")
    given = secrets_of(options)
    if len(given) != 1:
        _reject_secrets(bool(given))
    for name, value in given.items():
        if not value.isprintable() or " " in value:
            raise OptionError(f"{name} contains spaces or control characters", _UNCHANGED[name])
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
