# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import os

import pytest
import trustme
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import endpoint
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import options as shared_options
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from hypothesis import given
from hypothesis import strategies as st
from rejected import LIMITS, OPTIONS, SHARED, refusal, validated


def client(*folder, **options):
    parameters, message = validated(**options)
    assert message == ""
    return shared_options.client_from(parameters, Workers(), *folder)


@pytest.fixture
def ca_file(tmp_path):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("problem", "variables"),
    [
        ("missing required arguments: sdkappid", "TENCENT_CHAT_SDKAPPID"),
        ("missing required arguments: attr_names, sdkappid", "TENCENT_CHAT_SDKAPPID"),
        ("one of the following is required: region, api_url", "TENCENT_CHAT_REGION or TENCENT_CHAT_API_URL"),
        ("missing required arguments: attr_names", ""),
        ("value of region must be one of: sdkappid", ""),
    ],
)
def test_the_message_about_a_missing_option_names_the_variables(problem, variables):
    addition = f". Set it in the task, in module_defaults, or with {variables} in the environment" if variables else ""
    assert shared_options.explained(problem) == problem + addition


@pytest.mark.parametrize(("options", "message"), OPTIONS)
def test_invalid_values_are_rejected_with_a_helpful_message(options, message):
    parameters, found = validated(**options)
    if not found:
        failure = refusal(shared_options.client_from, parameters, Workers())
        found = failure.message
        assert failure.not_accepted
    assert message in found and "hunter2" not in found


def environment(monkeypatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"TENCENT_CHAT_{name}", value)


def test_the_environment_is_used_if_the_task_does_not_set_an_option(monkeypatch, ca_file):
    environment(monkeypatch, REGION="tokyo", SDKAPPID="77", IDENTIFIER="ops", SECRET_KEY="fromenvironment")
    environment(monkeypatch, CA_PATH=ca_file, TIMEOUT="5", RETRIES="0")
    made = client(region=..., sdkappid=..., secret_key=...)
    assert made.endpoint.name == "tokyo" and made.endpoint.route.ca_path == ca_file
    assert made.account == (77, "ops", None, "fromenvironment", 3600) and (made.timeout, made.retries) == (5, 0)
    made = client(identifier="root", timeout=20, retries=1)
    assert (made.endpoint.name, made.timeout, made.retries) == ("singapore", 20, 1)
    assert made.account == (1400000001, "root", None, "0123456789abcdef", 3600)
    environment(monkeypatch, API_URL="https://gateway.example")
    assert client().endpoint.base_url == "https://gateway.example"


def test_an_empty_variable_is_unset(monkeypatch):
    """AWX sets the variables of a credential's fields that were left empty."""
    texts = ("REGION", "API_URL", "IDENTIFIER", "USERSIG", "SECRET_KEY", "CA_PATH")
    environment(monkeypatch, **dict.fromkeys((*texts, "SDKAPPID", "TIMEOUT", "RETRIES"), ""))
    made = client()
    assert (made.endpoint.name, made.endpoint.route.ca_path) == ("singapore", None)
    assert (made.timeout, made.retries) == (10, 3)
    assert (made.account.identifier, made.account.secret_key) == ("administrator", "0123456789abcdef")
    assert "sdkappid" in validated(sdkappid=...)[1]
    assert "region, api_url" in validated(region=...)[1]


def test_the_environment_cannot_turn_off_the_verification_of_certificates(monkeypatch):
    environment(monkeypatch, VALIDATE_CERTS="false")
    assert client().endpoint.route.validate_certs is True


@pytest.mark.parametrize("name", ["usersig", "secret_key"])
def test_a_secret_in_the_task_takes_precedence_over_both_in_the_environment(monkeypatch, name):
    environment(monkeypatch, USERSIG="environments-usersig", SECRET_KEY="environments-key")
    account = client(**{"secret_key": ..., name: "the-tasks"}).account
    assert [account.usersig, account.secret_key].count(None) == 1 and getattr(account, name) == "the-tasks"
    both = refusal(client, secret_key=...)
    assert "environment sets both TENCENT_CHAT_USERSIG and TENCENT_CHAT_SEC" in both.message
    assert both.hint == "Unset TENCENT_CHAT_USERSIG or TENCENT_CHAT_SECRET_KEY"


def test_every_option_reaches_the_client(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    made = client(timeout=7, retries=5, usersig_expire=60, identifier="ops", validate_certs=False, ca_path="/x")
    assert (made.timeout, made.retries) == (7, 5)
    assert (made.account.usersig_expire, made.account.identifier) == (60, "ops")
    assert made.endpoint.route == (False, None, "http://proxy.example:3128"), "ca_path has no effect without validation"
    monkeypatch.setenv("NO_PROXY", "im.qcloud.com")
    assert client().endpoint.route == (True, None, None)


@pytest.mark.parametrize(("name", "smallest", "largest"), LIMITS)
def test_the_smallest_and_the_largest_number_are_accepted(name, smallest, largest):
    for number in (smallest, largest):
        client(**{name: number})


TEXTS = sorted(shared_options.PARSERS)


def test_each_option_that_is_a_string_has_a_parser():
    options = SHARED.arguments["argument_spec"].items()
    assert {name for name, option in options if option["type"] in ("str", "path")} == set(shared_options.PARSERS)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (83, "a number"),  # YAML reads 0123 as this
        *((1.5, "a number"), (True, "a boolean"), (datetime.date(2024, 1, 1), "a date")),
        *((["hunter2"], "a list"), ({"hunter2": 1}, "a map")),
    ],
)
def test_what_yaml_read_as_something_else_is_rejected(name, value, kind):
    shown = "" if name in ("usersig", "secret_key") else f": {value}"
    message = refusal(SHARED.parse, {name: value}).message
    assert message == f"{name} must be a string, not {kind}{shown}. Quote the value."


@pytest.mark.parametrize("name", TEXTS)
def test_a_string_stays_as_it_is_and_null_is_unset(name):
    assert SHARED.parse({name: " 0123 "}) == {name: " 0123 "}
    assert SHARED.parse({name: None}) == {name: None}


def test_options_that_are_not_strings_are_left_to_ansible():
    assert SHARED.parse({"sdkappid": "1", "timeout": "soon", "validate_certs": "no", "unknown": 3}) == {}


def test_a_client_belongs_to_whoever_started_the_task():
    told, made = [], Workers()
    parameters, _message = validated()
    found = shared_options.client_from(parameters, made, is_wanted=lambda: False, tell=told.append)
    found.tell("a line")
    assert found.workers is made and found.is_wanted() is False and told == ["a line"]


def test_a_relative_ca_path_begins_in_the_directory_of_the_task(ca_file, monkeypatch):
    folder, name = os.path.split(ca_file)
    assert client(folder, ca_path=name).endpoint.route.ca_path == ca_file
    with pytest.raises(OptionError, match="the file does not exist"):
        client("/nowhere", ca_path=name)
    monkeypatch.chdir(folder)
    assert client(ca_path=name).endpoint.route.ca_path == ca_file


def test_secrets_of_the_task_or_else_of_the_environment(monkeypatch):
    environment(monkeypatch, USERSIG="environments")
    assert shared_options.secrets_of({"secret_key": "tasks", "usersig": None}) == {"secret_key": "tasks"}
    assert shared_options.secrets_of({"secret_key": "", "usersig": None}) == {"usersig": "environments"}
    assert shared_options.secrets_of({"secret_key": 123}) == {"secret_key": "123"}


# -- where the calls go, and what messages call it ----------------------------------------------------------------


def test_each_region_has_its_host():
    for region, host in endpoint.HOSTS.items():
        made = client(region=region).endpoint
        assert (made.base_url, made.name) == (f"https://{host}", region)


@pytest.mark.parametrize(
    "given",
    [
        *("https://gateway.example", "https://gateway.example/chat/", "https://gateway.example/X/"),
        *("https://gateway.example:8443", "https://adminapisgp.my-imcloud.com", "HTTPS://gateway.example"),
        *("http://127.0.0.1:8080", "http://127.8.9.1", "http://localhost:1", "http://[::1]:8080/"),
    ],
)
def test_api_url_takes_precedence_over_region(given):
    both, alone = (client(api_url=given, **more).endpoint for more in ({}, {"region": ...}))
    assert both.base_url == alone.base_url == given.removesuffix("/")
    assert alone.name in given and both.name == f"singapore through {alone.name}"


def test_an_empty_region_and_an_empty_api_url():
    assert endpoint.base_url({"region": "tokyo", "api_url": ""}) == f"https://{endpoint.HOSTS['tokyo']}"
    failure = refusal(endpoint.base_url, {"region": None, "api_url": ""})
    assert "region or api_url must be set" in failure.message and "china, singapore" in failure.hint


@given(st.one_of(st.text(), st.text().map("https://{}".format), st.text().map("http://localhost{}".format)))
def test_any_text_is_a_url_or_an_error(text):
    try:
        url = endpoint.base_url({"api_url": text, "region": None})
    except OptionError as error:
        assert error.failure.not_accepted and error.failure.hint
    else:
        assert url.partition(":")[0].lower() in ("http", "https") and not url.endswith("/")
