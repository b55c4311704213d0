# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Masks secrets in what a task returns, in every form in which a service or proxy could echo them."""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

try:
    # ansible-core 2.22 and later mask these in all output, not only in our result.
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    register_secrets = None

MASK = "********"


@functools.lru_cache(maxsize=8)
def forms(secret: str) -> frozenset[str]:
    """Return *secret* raw, URL-encoded (upper and lower case), JSON-escaped, and in base64 (both alphabets)."""
    raw = secret.encode("utf-8", "surrogatepass")
    in_base64 = {encode(raw).decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], secret.replace("*", r"\u002a")}
    in_url = {quote(raw), quote(raw, safe=""), quote_plus(raw), *(quote(text, safe="") for text in in_base64)}
    in_url |= {re.sub("%..", lambda found: found[0].lower(), text) for text in in_url}
    return frozenset({secret, *in_url, *in_json, *in_base64, *(text.rstrip("=") for text in in_base64)} - {""})


def register(secrets: Iterable[str]) -> bool:
    """Let ansible-core mask *secrets* in all of its output. Return whether it can."""
    if register_secrets is not None:
        register_secrets(form for secret in secrets for form in forms(secret))
    return register_secrets is not None


class Redactor:
    """Masks the secrets that it was given, and nothing else."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets = set(filter(None, secrets))
        self._folded: list[str] | None = None  # the forms without upper and lower case, the shortest first
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secret: str) -> None:
        """Mask *secret* from now on."""
        self.secrets.update(filter(None, [secret]))
        self._folded = self._pattern = None

    def text(self, text: str) -> str:
        """Return *text* with each form of each secret masked."""
        if self._folded is None:
            self._folded = sorted({form.casefold() for secret in self.secrets for form in forms(secret)}, key=len)
        folded = text.casefold()
        if not self._folded or len(folded) < len(self._folded[0]):  # fast for short strings, such as a million tags
            return text
        if not any(form in folded for form in self._folded):  # compiling the pattern takes a millisecond
            return text
        self._pattern = self._pattern or self._compile()
        return self._pattern.sub(MASK, text)

    def _compile(self) -> re.Pattern[str]:
        # The longest first, because a form may contain a shorter one; %2A and %2a are the same.
        known = sorted({form for secret in self.secrets for form in forms(secret)}, key=len, reverse=True)
        return re.compile("|".join(re.sub("%[0-9A-Fa-f]{2}", r"(?i:\g<0>)", re.escape(form)) for form in known))

    def __call__(self, value: Any) -> Any:
        """Mask every string in *value*, which consists of dicts, lists and scalars; keys of dicts too.

        Returns *value* itself if it contains no secret: a result may contain thousands of users.
        """
        return self._masked(value) if self._is_in(value) else value

    def _is_in(self, value: Any) -> bool:
        if isinstance(value, str):
            return self.text(value) is not value
        if isinstance(value, dict):
            return any(self._is_in(key) or self._is_in(item) for key, item in value.items())
        return isinstance(value, (list, tuple)) and any(map(self._is_in, value))

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._masked(key): self._masked(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._masked(item) for item in value]
        return value
