# Copyright: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Secrets, in every form in which they could come back, are taken out of what is returned."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"


def forms(secret: str) -> set[str]:
    """*secret* raw, URL-encoded (both ways), JSON-escaped, and in base64 (both alphabets)."""
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = {secret, quote(raw, safe=""), quote_plus(raw), json.dumps(secret)[1:-1]}
    encoded |= {json.dumps(secret, ensure_ascii=False)[1:-1]}
    for in_base64 in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        text = in_base64.decode()
        encoded |= {text, text.rstrip("="), quote(text, safe="")}
    # Percent-encoding is the same in lower case: %2A and %2a.
    encoded |= {quote(raw, safe="").replace("%2A", "%2a"), secret.replace("*", r"\u002a")}
    return {form for form in encoded if form}


class Redactor:
    """Masks the secrets it was told, and nothing else."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets: set[str] = set()
        self._forms: list[str] = []
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Mask *secret* from now on."""
        if secret:
            self.secrets.add(secret)
            # The longest first: a form may hold a shorter one.
            self._forms = sorted({*self._forms, *forms(secret)}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """*text* with each form of each secret replaced."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def __call__(self, value: Any) -> Any:
        """The same for every text in *value*, which is made of dicts, lists and scalars."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        return value
