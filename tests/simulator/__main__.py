# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Start the simulator from a shell: ``cd tests && python -m simulator --help``."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import signal
from pathlib import Path

from .app import check_settings
from .server import Simulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulator", description="A Tencent Cloud Chat service on loopback")
    parser.add_argument("--http-port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--https-port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--apps", type=Path, help="JSON file: SDKAppID -> settings, such as secret_key and names")
    parser.add_argument("--ca-file", type=Path, help="where to write the CA certificate")
    parser.add_argument("--ready-file", type=Path, help="where to write what is also printed, once it listens")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each response takes")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the simulator removes its files
    try:
        with contextlib.suppress(KeyboardInterrupt):
            _run(arguments)
    except (OSError, ValueError) as error:
        parser.exit(2, f"simulator: {error}\n")


def _run(arguments: argparse.Namespace) -> None:
    ports = (arguments.http_port, arguments.https_port)
    with Simulator(latency=arguments.latency, ports=ports) as simulator:
        if arguments.apps:
            _add_apps(simulator, arguments.apps)
        ca_file = shutil.copy(simulator.ca_file, arguments.ca_file) if arguments.ca_file else simulator.ca_file
        ready = {"http_url": simulator.http_url, "https_url": simulator.https_url, "ca_file": str(ca_file)}
        if arguments.ready_file:
            partial = arguments.ready_file.with_suffix(".partial")
            partial.write_text(json.dumps(ready))
            partial.rename(arguments.ready_file)
        print(json.dumps(ready), flush=True)
        simulator.join()


def _add_apps(simulator: Simulator, file: Path) -> None:
    try:
        apps = json.loads(file.read_text())
        if not isinstance(apps, dict):
            raise ValueError(f"the file must be a map of SDKAppID to settings, not {apps!r}")
        for sdkappid, settings in apps.items():
            check_settings(settings)
            simulator.add(int(sdkappid), **settings)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: {error}") from None


if __name__ == "__main__":
    main()
