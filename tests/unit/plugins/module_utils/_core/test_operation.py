# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to the result of a task, as both execution modes do it."""

from __future__ import annotations

import functools
import json
import re
from unittest import mock

import pytest
import tasks
import virtual
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import options as shared_options
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import redaction, values
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Client
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, Failure, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Context, Operation, Outcome
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import MASK
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_name_rules, attr_names, user_tags
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, INFO
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from servers import lanes, until

USERS = user_tags.INFO


@pytest.fixture
def perform(simulator, app, workers):
    shared = {"api_url": simulator.https_url, "ca_path": simulator.ca_file, "sdkappid": app.sdkappid}

    def run(operation=ENSURE, check_mode=False, context=None, **more):
        given = {**shared, "secret_key": app.secret_key, **more}
        return tasks.perform(operation, given, context or Context(workers), check_mode)

    return run


def without_network(service, operation=INFO, tell=lambda line: None, **more):
    """Perform an operation with a service that is not there."""
    given = {"region": "singapore", "sdkappid": 1400000001, "secret_key": virtual.KEY, **more}
    return tasks.perform(operation, given, Context(service, tell=tell))


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_result_of_a_change(simulator, app, perform, check_mode):
    app.names = {"0": "sex", "5": "kept"}
    after = {"0": "gender", "5": "kept"}
    assert perform(check_mode=check_mode, attr_names={0: "gender"}) == {
        "changed": True,
        "attr_names": after,
        "undeclared": {"5": "kept"},
        "diff": {"before": {"0": "sex", "5": "kept"}, "after": after},
        "warnings": attr_name_rules.rename_warnings({"0": "sex"}, {"0": "gender"}),
    }
    assert simulator.commands() == (["get"] if check_mode else ["get", "set", "get"])


def test_the_result_of_no_change_and_of_info(simulator, app, perform):
    app.names = names = {"0": "sex"}
    same = {"changed": False, "attr_names": names}
    diff = {"before": names, "after": names}
    assert perform(attr_names={"0": "sex"}) == {**same, "undeclared": {}, "diff": diff, "warnings": []}
    assert perform(INFO) == perform(INFO, check_mode=True) == same
    assert simulator.commands() == ["get"] * 3 and app.writes == 0


def test_the_results_with_types(simulator, app, perform):
    app.names = {"0": "sex"}
    before = {"attr_names": {"0": "sex"}, "attr_types": {"0": 0}}
    after = {"attr_names": {"0": "sex", "1": "device"}, "attr_types": {"0": 0, "1": 1}}
    assert perform(api="timpush", attr_names={1: "device"}, attr_types={1: 1}) == {
        "changed": True,
        **after,
        "undeclared": {"0": "sex"},
        "diff": {"before": before, "after": after},
        "warnings": [],
    }
    assert perform(INFO, api="timpush") == {"changed": False, **after}
    assert {entry["path"] for entry in simulator.log} == {"v4/timpush/get_attr_name", "v4/timpush/set_attr_name"}


def test_the_result_of_a_failure():
    rejecting = virtual.Service(lambda sent, number: virtual.reply(60008, "why", RequestId="r-7"))
    result = without_network(rejecting, retries=0)
    assert result == {
        **{"failed": True, "changed": False, "msg": result["msg"], "command": "im_get_attr_name", "tries": 1},
        **{"error_code": 60008, "error_info": "why", "action_status": "FAIL", "http_status": 200, "request_id": "r-7"},
    }
    assert result["msg"].startswith("im_get_attr_name for app 1400000001 at singapore: error 60008, ")


def test_a_failure_without_a_response_has_no_keys_of_one(perform, refused_url):
    assert set(perform(INFO, api_url=refused_url, retries=0)) == {"failed", "changed", "msg", "command", "tries"}


def of(outcome: Outcome | Exception, **more) -> Operation:
    """Return an operation that ends like this."""
    return Operation(mock.Mock(side_effect=[outcome]), {}, **more)


def test_the_keys_of_the_result_of_an_outcome():
    service, keys = virtual.Service(), {"sent": "no", "random": None}
    failed = {"failed": True, "changed": False}
    operation = of(Outcome(False, {"sent": "unknown"}, Failure("why", "Do this")), failure=keys)
    assert without_network(service, operation) == {**failed, "msg": "why. Do this.", "sent": "unknown", "random": None}
    for error in (ChatError(Failure("why")), ZeroDivisionError()):
        assert without_network(service, of(error, failure=keys)).items() >= keys.items()
    assert without_network(service, of(Outcome(True, {"a": 1}), failure=keys)) == {"changed": True, "a": 1}
    assert operation.reject({}, OptionError("why")) == {**failed, "msg": "why.", **keys}
    result = without_network(service, of(Outcome(True, {"users": {}}, Failure("why", error_code=7))))
    assert result == {**failed, "changed": True, "msg": "why.", "error_code": 7, "users": {}}


def test_a_bad_ca_path_reports_no_command_and_no_tries(simulator, perform):
    """Also with http, which is for loopback addresses and does not use it: nothing was sent."""
    for url in (simulator.http_url, simulator.https_url):
        result = perform(INFO, api_url=url, ca_path="/nowhere/ca.pem")
        assert result == {"failed": True, "changed": False, "msg": result["msg"]}
        assert result["msg"].startswith("ca_path '/nowhere/ca.pem': the file does not exist. ")
        pushed = perform(PUSH, api_url=url, ca_path="/nowhere/ca.pem", text="hello", all_users=True)
        assert pushed["msg"] == result["msg"] and pushed["sent"] == "no" and not {"command", "tries"} & set(pushed)
    assert simulator.log == []


def test_a_task_ends_its_threads_but_one(simulator, app, perform, workers):
    assert until(lambda: lanes() == 0)
    app.users = {f"u{number}": {} for number in range(450)}
    assert len(perform(USERS, users=list(app.users))["users"]) == 450
    assert simulator.connections(app.sdkappid) > 1 and until(lambda: lanes() == 1)
    simulator.log.clear()
    for _turn in range(2):
        perform(INFO)
    assert simulator.connections(app.sdkappid) == 1, "the next task uses the connection that is left"
    assert workers.has_room()


def test_retries_are_told_without_secrets(monkeypatch):
    told = []
    service = virtual.Service(virtual.in_turn(virtual.reply(60008, f"x{virtual.KEY}", RequestId=virtual.KEY)))
    times = {"sleep": service.sleep, "clock": service.monotonic}
    monkeypatch.setattr(shared_options, "Client", functools.partial(Client, **times))
    result = without_network(service, tell=told.append)
    assert len(told) == 1 and virtual.KEY not in str([result, told]) and MASK in result["retried"]["reason"]


def test_options_are_parsed_once_and_null_is_unset():
    parsed, ran = [], []
    operation = Operation(
        lambda client, options, check_mode: ran.append(options) or Outcome(False),
        {"one": {"type": "str"}, "two": {"type": "str", "default": "2"}},
        {"one": lambda value: parsed.append(value) or value.upper(), "two": values.optional(str)},
    )
    assert without_network(virtual.Service(), operation, one="x", two=...) == {"changed": False}
    assert parsed == ["x"] and ran[0]["one"] == "X" and ran[0]["two"] == "2"
    assert operation.parse({}) == {} and operation.parse({"two": None}) == {"two": None}


@pytest.mark.parametrize("given", ["usersig", "secret_key"])
def test_a_secret_in_place_of_a_name_is_masked_before_anything_was_signed(app, perform, given):
    secret = "secret-in-the-wrong-place-" * 3
    result = perform(attr_names={0: secret}, **{"usersig": ..., "secret_key": ..., given: secret})
    assert "the name of attribute 0 has 78 bytes" in result["msg"] and secret not in json.dumps(result)


def test_the_message_of_a_crash_does_not_contain_the_text_of_the_exception(monkeypatch, app, perform):
    def crash(*_args):
        raise RuntimeError(app.secret_key)

    monkeypatch.setattr(attr_names, "plan_names", crash)
    result = perform(attr_names={0: "sex"})
    assert result == {"failed": True, "changed": False, "msg": result["msg"]}
    way = r"RuntimeError at operation\.py:\d+ > (?:\w+\.py:\d+ > )*attr_names\.py:\d+ > test_operation\.py:\d+\."
    assert re.fullmatch(way + " Report this as a bug in the collection.", result["msg"])


@pytest.mark.parametrize("given", [{}, {"secret_key": None}])
def test_secrets_of_environment_and_task_are_masked_in_the_whole_result(simulator, app, perform, monkeypatch, given):
    monkeypatch.setenv("TENCENT_CHAT_SECRET_KEY", app.secret_key if given else "another")
    simulator.fail(app.sdkappid, "code", code=70003, info=f"bad key {app.secret_key}!")
    assert perform(attr_names={}, **given)["error_info"] == "bad key ********!"


@pytest.mark.parametrize("before", [0, 440, 499])
def test_no_part_of_the_key_is_shown_where_a_text_in_error_list_is_cut(before):
    entry = {"To_Account": "u1", "ErrorCode": 70107, "ErrorInfo": "x" * before + virtual.KEY}
    service = virtual.Service(lambda sent, number: virtual.reply(UserTags=[], ErrorList=[entry]))
    result = without_network(service, USERS, users=["u1"])
    assert result["failed"] and result["failed_users"]["u1"]["error_code"] == 70107
    for shown in (result["msg"], result["failed_users"]["u1"]["error_info"]):
        assert not any(virtual.KEY[:size] in shown for size in range(4, 65)), shown


def test_keys_of_maps_in_a_result_are_masked():
    keys = {"users": {virtual.KEY: [{"x": {f"a{virtual.KEY}b": 1}}]}}
    masked = {"changed": False, "users": {MASK: [{"x": {f"a{MASK}b": 1}}]}}
    assert without_network(virtual.Service(), of(Outcome(False, keys))) == masked
    failed = without_network(virtual.Service(), of(Outcome(False, keys, Failure("why"))))
    assert failed == {**masked, "failed": True, "msg": "why."}


@pytest.mark.parametrize("proxy", ["http://svc:city@proxy.example:3128", "http://city:city@proxy.example"])
def test_a_name_that_equals_the_password_of_a_proxy_is_returned(monkeypatch, proxy):
    """A masked name, written back, would rename the attribute."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    service = virtual.Service(lambda sent, number: virtual.reply(AttrNames={"1": "city"}))
    assert without_network(service) == {"changed": False, "attr_names": {"1": "city"}}
    service = virtual.Service(lambda sent, number: virtual.reply(70003, "407 for svc:city", RequestId="city"))
    result = without_network(service)
    assert "city" not in str(result) and MASK in result["error_info"] and MASK in result["msg"]


def test_secrets_are_registered_in_all_their_forms_if_ansible_core_supports_it(monkeypatch, simulator, app, perform):
    known: set[str] = set()
    monkeypatch.setattr(redaction, "register_secrets", known.update)
    perform(attr_names={0: "sex"})
    assert {app.secret_key, simulator.log[0]["query"]["usersig"]} <= known
    assert redaction.register(["a*b/c"]) is True
    assert {*redaction.forms("a*b/c"), "a*b/c", "a%2Ab%2Fc"} <= known
    monkeypatch.setattr(redaction, "register_secrets", None)
    assert redaction.register(["a*b/c"]) is False


def test_a_task_that_nobody_wants_sends_nothing(simulator, app, perform, workers):
    nobody = Context(workers, is_wanted=lambda: False)
    push = {"text": "hello", "all_users": True}
    for operation, more in ((INFO, {}), (ENSURE, {"attr_names": {0: "sex"}}), (USERS, {"users": ["u1"]}), (PUSH, push)):
        result = perform(operation, context=nobody, **more)
        assert result["failed"] and "the job that started this task has ended" in result["msg"]
        assert "command" not in result and "tries" not in result and result.get("sent", "no") == "no"
    assert simulator.log == []
