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
import time

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Context, Operation
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, INFO

SAMPLES = 10


def held(threads: int) -> dict[str, int]:
    """Return what this process holds: threads, open files, and bytes of memory.

    A thread is told to end, and nobody waits for it. So this waits, for a while, until no more than *threads* are left.
    """
    ends = time.monotonic() + 30
    while threading.active_count() > threads and time.monotonic() < ends:
        time.sleep(0.01)
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    memory = pages * resource.getpagesize()
    return {"threads": threading.active_count(), "files": len(os.listdir("/proc/self/fd")), "memory": memory}


def run(operation: Operation, workers: Workers, **given: object) -> bool:
    """Run a task of *operation*. Return whether it failed."""
    valid = ArgumentSpecValidator(**operation.arguments).validate(given)
    assert not valid.error_messages, valid.error_messages
    result = operation.perform(valid.validated_parameters, operation.parse(given), False, Context(workers))
    return bool(result.get("failed"))


def main(url: str, sdkappid: str, key: str, calls: str) -> None:
    workers = Workers()
    service = {"region": "singapore", "api_url": url, "timeout": 2, "retries": 6}
    shared = {"sdkappid": sdkappid, "secret_key": key, **service}
    done = failed = 0
    for sample in range(1, SAMPLES + 1):
        while done < int(calls) * sample / SAMPLES:
            # A set with the read before it and after it, then a read.
            failed += run(ENSURE, workers, attr_names={"0": f"name {done}"}, **shared)
            failed += run(INFO, workers, **shared)
            done += 4
        print(json.dumps({"calls": done, "failed": failed, **held(2)}), flush=True)
    workers.close()
    print(json.dumps(held(1)))


if __name__ == "__main__":
    main(*sys.argv[1:])
