# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_report
short_description: Compare apps with what is declared for them
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Decides which apps have drifted, from the results that the role P(tencentcloud.chat.drift_report#role) registers for
    each app, and returns the report in the selected format.
  - The role uses this filter. In a playbook, use the role. If O(format) is not set, the filter returns the data that
    the role writes as JSON.
requirements:
  - python >= 3.9 (the C(requests) library is not required)
options:
  _input:
    description:
      - For each app, a list with the host that stands for the app, the registered result of the task that read the
        names, and those of the tasks that compared the attributes and the tags of users.
    type: list
    elements: list
    required: true
  made_at:
    description: When the apps were read, as ISO 8601.
    type: str
    default: ""
  format:
    description:
      - V(html), V(md), V(json) and V(xml) return a report as a string. V(text) returns a sentence for each difference,
        or an empty string.
      - If it is not set, the filter returns the contents of the report.
    type: str
    choices: [html, md, json, xml, text]
  repair:
    description:
      - The command that sets the declared names. The report replaces C(HOSTS) in it with the hosts of the apps to
        repair.
    type: str
    default: ""
positional: made_at, format, repair
"""

EXAMPLES = r"""
- name: Fail if the app has drifted
  ansible.builtin.fail:
    msg: "{{ differences }}"
  when: differences | length > 0
  vars:
    differences: >-
      {{ [[inventory_hostname, drift_report_names]]
         | tencentcloud.chat.drift_report(format='text') }}
"""

RETURN = r"""
_value:
  description: The contents of the report, or a string if O(format) is set.
  type: raw
  contains:
    version:
      description: The version of this data structure, which changes if a key is removed or its meaning changes.
      type: int
      sample: 1
    made_at:
      description: When the apps were read, as ISO 8601.
      type: str
      sample: "2026-11-29T03:00:00Z"
    summary:
      description: How many apps were C(checked), and how many are C(as_declared), C(drifted) and C(unreadable).
      type: dict
      sample: {"checked": 3, "as_declared": 1, "drifted": 1, "unreadable": 1}
    apps:
      description:
        - The apps; those that have drifted first, then those that could not be read.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the app.
          type: str
          sample: news
        host:
          description: The host that stands for the app.
          type: str
          sample: app-news
        sdkappid:
          description: The SDKAppID of the app.
          type: int
          sample: 1400000002
        region:
          description: The region of the app. Empty if it is not declared.
          type: str
          sample: frankfurt
        api:
          description: The API family.
          type: str
          sample: timpush
        state:
          description: V(drifted), V(unreadable) or V(as_declared).
          type: str
          sample: drifted
        attributes:
          description:
            - The attributes that have a name, or should have one. Each has C(number), C(state), C(declared) and
              C(actual), and if the types differ, C(declared_type) and C(actual_type).
            - C(state) is V(as_declared), V(missing), V(other_name), V(undeclared) or V(type_differs).
          type: list
          elements: dict
          sample: [{"number": 5, "state": "undeclared", "declared": null, "actual": "tier"}]
        differences:
          description: A sentence for each difference.
          type: list
          elements: str
          sample: ["attribute 5 ('tier') is not declared"]
        error:
          description:
            - Why the app could not be read. V(null) if it was read.
            - C(code) is the error code of the service, or V(null), and C(message) is the error message.
          type: dict
          sample: {"code": 70009, "message": "im_get_attr_name of app 1400000002: error 70009, ..."}
        blocked:
          description: Why setting the declared names would fail. V(null) if it would not.
          type: str
          sample: "attr_names: name 'city' is used for attributes 1 and 5. ..."
    users_summary:
      description: The same counts as in C(summary), for the users whose attributes and tags are declared.
      returned: if users are declared
      type: dict
      sample: {"checked": 2, "as_declared": 1, "drifted": 1, "unreadable": 0}
    users:
      description:
        - The users. Each has C(name), C(app), C(region), C(account), C(state), C(items), C(differences) and C(error).
          C(account) is V(null) if the users of an app could not be read.
        - Each of the items has a C(kind), V(attribute) or V(tag), a C(name), a C(state), C(declared) and C(actual).
          C(state) is V(missing), V(other_value) or V(undeclared), which means that it is to be removed.
      returned: if users are declared
      type: list
      elements: dict
      sample: []
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.tencentcloud.chat.plugins.plugin_utils import _drift, _drift_texts
from ansible_collections.tencentcloud.chat.plugins.plugin_utils._plain import plain


def drift_report(results: Any, made_at: Any = "", format: Any = None, repair: Any = "") -> Any:
    """Return the contents of the report about *results*, or the report in a *format*."""
    report = _drift.report([_drift.Checked(*one) for one in plain(results)], plain(made_at))
    if not format:
        return report
    if format == "text":
        return _drift.message(report)
    if format not in _drift_texts.FORMATS:
        known = ", ".join(_drift_texts.FORMATS)
        raise AnsibleFilterError(f"drift_report: format must be one of: {known}, text; not {format!r}")
    return _drift_texts.FORMATS[format](report, plain(repair))


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"drift_report": drift_report}
