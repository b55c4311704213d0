# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
import TLSSigAPIv2
from ansible.errors import AnsibleFilterError
from ansible_collections.tencentcloud.chat.plugins.filter import drift_checked, drift_report, usersig, usersig_decode
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import redaction

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400000001
MADE_AT = "2030-01-02T03:04:05Z"


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The secrets that are masked in the output of Ansible."""
    found: set[str] = set()
    monkeypatch.setattr(redaction, "register", found.update)
    return found


@pytest.mark.parametrize("name", ["drift_checked", "drift_report", "usersig", "usersig_decode"])
def test_the_filter_has_the_name_of_its_file(name):
    module = globals()[name]
    assert module.FilterModule().filters() == {name: getattr(module, name)}


@pytest.mark.parametrize(("app", "more"), [(APP, ()), (APP, ("ops", 60)), (str(APP), ("ops", "60"))])
def test_the_claims_of_a_generated_usersig_can_be_read(registered, app, more):
    signed = usersig.usersig(KEY, app, *more)
    claims = usersig_decode.usersig_decode(f" {signed}\n")
    issued, (identifier, expire) = claims.pop("issued_at"), more or ("administrator", 3600)  # as those of the modules
    assert 0 <= time.time() - issued < 300
    shared = {"sdkappid": APP, "expire": int(expire), "expires_at": issued + int(expire)}
    assert claims == {"identifier": identifier, **shared}
    assert registered == {KEY, signed}


def test_the_claims_of_a_usersig_of_the_vendors_package_can_be_read():
    claims = usersig_decode.usersig_decode(TLSSigAPIv2.TLSSigAPIv2(APP, KEY).gen_sig("ops", 180 * 86400))
    assert (claims["identifier"], claims["expire"]) == ("ops", 180 * 86400)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        *(((key, APP), "the secret key must be a non-empty string") for key in ("", None)),
        ((KEY + " ", APP), "secret_key contains spaces or control characters"),
        ((KEY, 0), "sdkappid must be an integer from 1 to 9223372036854775807, not 0"),
        ((KEY, "x"), "sdkappid must be an integer, not 'x'"),
        ((KEY, True), "sdkappid must be an integer, not True"),
        ((KEY, 1.5), "sdkappid must be an integer, not 1.5"),
        ((KEY, APP, "administrator", "soon"), "usersig: expire must be an integer, not 'soon'"),
        ((KEY, APP, "administrator", 0), "usersig: expire must be an integer from 1 to 2147483647, not 0"),
        ((KEY, APP, ""), "identifier is empty: ''"),
        ((KEY, APP, 7), "identifier must be a string, not 7"),
    ],
)
def test_invalid_input_is_not_signed(registered, arguments, words):
    with pytest.raises(AnsibleFilterError) as error:
        usersig.usersig(*arguments)
    assert str(error.value).startswith("usersig: ") and words in str(error.value) and KEY not in str(error.value)
    assert not registered


@pytest.mark.parametrize("value", ["", "rubbish-that-is-secret", 7, ["x"], None])
def test_what_is_no_usersig_is_not_decoded(value):
    with pytest.raises(AnsibleFilterError, match=r"^usersig_decode: ") as error:
        usersig_decode.usersig_decode(value)
    assert "secret" not in str(error.value)


def test_the_drift_report_has_formats():
    report = drift_report.drift_report([], MADE_AT)
    assert report["made_at"] == MADE_AT and report["summary"]["checked"] == 0
    assert drift_report.drift_report([])["made_at"] == ""
    assert drift_report.drift_report([], MADE_AT, "text") == ""  # the message of a play in which nothing has drifted
    assert "<html" in drift_report.drift_report([], MADE_AT, "html")
    with pytest.raises(AnsibleFilterError, match="format must be one of: html, md, json, xml, text; not 'pdf'"):
        drift_report.drift_report([], MADE_AT, "pdf")


@pytest.mark.parametrize("given", [(MADE_AT, ""), (MADE_AT, "shop"), ("", ""), ("",)])
def test_a_report_about_apps_goes_on(given):
    assert drift_checked.drift_checked(*given) == "localhost"


def test_a_limit_without_an_app_ends_the_run(monkeypatch):
    shown: list[str] = []
    monkeypatch.setattr(drift_checked, "Display", lambda: SimpleNamespace(error=shown.append))
    with pytest.raises(SystemExit) as end:
        drift_checked.drift_checked("", "shop")
    assert end.value.code == 2 and "--limit shop excludes all hosts" in shown[0]
