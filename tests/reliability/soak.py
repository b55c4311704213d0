# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes many calls in this process, and prints what it holds on the way: python soak.py URL SDKAPPID KEY CALLS."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import threading

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Context
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, INFO

SAMPLES = 10


def held() -> dict[str, int]:
    """Return what this process holds: threads, open files, and bytes of memory."""
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    memory = pages * resource.getpagesize()
    return {"threads": threading.active_count(), "files": len(os.listdir("/proc/self/fd")), "memory": memory}


def main(url: str, sdkappid: str, key: str, calls: str) -> None:
    workers = Workers()
    shared = {"api_url": url, "sdkappid": sdkappid, "secret_key": key, "api": "timpush", "timeout": 2, "retries": 5}
    done = failed = 0
    defaults = {"identifier": "administrator", "usersig_expire": 3600, "validate_certs": True, "undeclared": "keep"}
    for sample in range(1, SAMPLES + 1):
        while done < int(calls) * sample / SAMPLES:
            # A set with the read before it and after it, then a read.
            for operation, given in ((ENSURE, {"attr_names": {"0": f"name {done}"}}), (INFO, {})):
                result = operation.perform({**defaults, **shared}, operation.parse(given), False, Context(workers))
                failed += bool(result.get("failed"))
            done += 4
        print(json.dumps({"calls": done, "failed": failed, **held()}), flush=True)
    workers.close()
    print(json.dumps(held()))


if __name__ == "__main__":
    main(*sys.argv[1:])
