# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""requests and urllib3, as far as this Python can import them. Only the files about the network import this one."""

from __future__ import annotations

import traceback
from typing import Any

MISSING: str | None = None  # why requests cannot be imported, for the message of the task
CertificateError: Any
HTTPAdapter: Any

try:
    import requests
    import requests.adapters
    import requests.certs
    import requests.structures
    import requests.utils
    import urllib3
    import urllib3.connectionpool
    import urllib3.exceptions
    import urllib3.util.connection
    from requests.adapters import HTTPAdapter
    from urllib3.connection import CertificateError  # type: ignore[attr-defined]  # 1.26.8 moved it
    from urllib3.util.ssl_ import create_urllib3_context
    from urllib3.util.wait import wait_for_read
except ImportError:
    MISSING = traceback.format_exc()
    CertificateError = HTTPAdapter = object
    requests = urllib3 = create_urllib3_context = wait_for_read = None  # type: ignore[assignment]

__all__ = [
    "MISSING",
    "CertificateError",
    "HTTPAdapter",
    "create_urllib3_context",
    "requests",
    "urllib3",
    "wait_for_read",
]
