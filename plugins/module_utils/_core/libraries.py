# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""requests and urllib3, as far as this Python can import them. The other files import them from here."""

from __future__ import annotations

import os
import traceback
from typing import Any

MISSING: str | None = None  # why requests cannot be imported, for the message of the task
CertificateError: Any
HTTPAdapter: Any

# Some versions of requests create a TLS context when they are imported, and fail if they cannot write this file.
_key_log = os.environ.pop("SSLKEYLOGFILE", None)
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
finally:
    if _key_log is not None:
        os.environ["SSLKEYLOGFILE"] = _key_log

__all__ = [
    "MISSING",
    "CertificateError",
    "HTTPAdapter",
    "create_urllib3_context",
    "requests",
    "urllib3",
    "wait_for_read",
]
