# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints integration_config.yml, made from its template and the environment."""

from __future__ import annotations

import json
import os
import string
import sys
from collections.abc import Mapping

from . import ROOT

TEMPLATE = ROOT / "tests" / "integration" / "integration_config.yml.template"


def config(environment: Mapping[str, str]) -> str:
    """Return the template with the values of *environment*, quoted; a variable that is unset becomes empty.

    The targets write to the app, so the environment must name it twice.
    """
    if not environment.get("TENCENT_CHAT_SDKAPPID") or not environment.get("TENCENT_CHAT_SECRET_KEY"):
        raise SystemExit("The targets need TENCENT_CHAT_SDKAPPID and TENCENT_CHAT_SECRET_KEY.")
    if environment.get("TENCENT_CHAT_SCRATCH_APP") != environment["TENCENT_CHAT_SDKAPPID"]:
        raise SystemExit("The targets write to the app: name it again as TENCENT_CHAT_SCRATCH_APP.")
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    given = {name: environment.get(name, "") for name in template.get_identifiers()}
    if given["TENCENT_CHAT_CA_PATH"]:
        given["TENCENT_CHAT_CA_PATH"] = os.path.abspath(given["TENCENT_CHAT_CA_PATH"])
    return template.substitute({name: json.dumps(value) for name, value in given.items()})


if __name__ == "__main__":
    sys.stdout.write(config(os.environ))
