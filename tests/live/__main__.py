# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``nox -e live``: ask the Chat service, print a table, and write a report. README.md says what it needs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, errors, options, worker

from . import facts
from .calls import Caller
from .probe import Probe
from .report import exit_status, report, table

COULD_NOT_ASK = 2
TEMPLATE = "https://github.com/ansible-collections/tencentcloud.chat/issues/new?template=live_report.yml"


def connect() -> client.Client:
    """Return the client that the environment describes. Raises ChatError."""
    arguments = options.arguments({})
    validated = ArgumentSpecValidator(
        arguments["argument_spec"], arguments["mutually_exclusive"], required_one_of=arguments["required_one_of"]
    ).validate({})
    if validated.error_messages:
        raise errors.OptionError(". ".join(validated.error_messages), "Set the variables that README.md lists")
    return options.client_from(validated.validated_parameters, worker.Workers())


def may_write(environment: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether the app is named as a scratch app, and what to say about it."""
    scratch = environment.get("TENCENT_CHAT_SCRATCH_APP")
    if not scratch or scratch != environment.get("TENCENT_CHAT_SDKAPPID"):
        return False, "Reading only: to write to this app too, name it again as TENCENT_CHAT_SCRATCH_APP."
    words = ["Writing to the scratch app. Without TENCENT_CHAT_SCRATCH_USER, no user is changed or gets a push."]
    if environment.get("TENCENT_CHAT_SCRATCH_USER"):
        words = ["Writing to the scratch app and the scratch user, who gets up to three pushes."]
    if environment.get("TENCENT_CHAT_SCRATCH_ACCOUNT"):
        words.append("If the scratch account does not exist, it is imported, and deleted at the end.")
    return True, " ".join(words)


def outcome(probe: Probe, made: Mapping[str, Any], restore: Path) -> str:
    """Return what happened, and what is left, for people. *restore* is the file with the playbook that restores."""
    lines = [f"Stopped: {made['stopped']}."] if made["stopped"] else []
    differing = probe.findings.with_verdict(facts.DIFFERS)
    lines.append(f"Differs from what the collection relies on: {', '.join(differing) or 'nothing'}.")
    if probe.left:
        lines.append(f"Left in the app, because the service did not change it back: {json.dumps(probe.left)}")
    if probe.unrestored:
        lines.append("The app was not restored.")
        if probe.playbook():
            lines += [f"{restore} restores it, with the same environment:", probe.playbook()]
    if "names" in probe.unrestored:
        extra = sorted(probe.names.changed - set(probe.names.before))
        lines.append(f"Names of these attributes were new, and may still be there: {', '.join(extra) or 'none'}.")
    elif probe.scratch and not probe.left and not probe.unrestored:
        lines.append("The app has the names, and the scratch user the attributes and tags, that they had before.")
        lines.append("No account is left that the probe imported.")
    return "\n".join(lines)


def main(arguments: list[str] | None = None, **network: Any) -> int:
    """Run the probe. Return the exit status.

    network -- workers, sleep and clock of the client, if not the real ones
    """
    parser = argparse.ArgumentParser(prog="nox -e live --", description=__doc__)
    parser.add_argument("--report", type=Path, default=Path("live-report.json"), help="where to write the report")
    parser.add_argument("--with-app-id", action="store_true", help="show the SDKAppID in the report")
    parser.add_argument("--page", action="store_true", help="print the page of the documentation, and ask nothing")
    given = parser.parse_args(arguments)
    if given.page:
        sys.stdout.write(facts.page())
        return 0
    scratch, words = may_write(os.environ)
    try:
        connected = replace(connect(), **network)
    except errors.ChatError as error:
        print(error.failure.message, file=sys.stderr)
        return COULD_NOT_ASK
    print(words, flush=True)
    caller = Caller(connected, os.environ.get("TENCENT_CHAT_NONADMIN_IDENTIFIER", ""))
    user, account = (os.environ.get(f"TENCENT_CHAT_SCRATCH_{what}", "") for what in ("USER", "ACCOUNT"))
    restore = given.report.with_name("live-restore.yml")
    if restore.exists():
        what = f"{restore} is left from a run that did not restore the app"
        print(f"{what}. Run it with ansible-playbook, then delete it.", file=sys.stderr)
        return COULD_NOT_ASK
    probe = Probe(caller, scratch, user, account, lambda playbook: restore.write_text(playbook, encoding="utf-8"))
    probe.run()
    if not probe.unrestored:
        restore.unlink(missing_ok=True)
    made = report(probe, given.with_app_id)
    print(f"\n{table(made)}\n\n{connected.redact_foreign.text(outcome(probe, made, restore))}")
    given.report.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Wrote {given.report}. Read it, then attach it to {TEMPLATE}")
    return exit_status(probe)


if __name__ == "__main__":
    sys.exit(main())
