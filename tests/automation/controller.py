# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of the API of Automation Platform and AWX, on loopback, as the modules of awx.awx use for setup.yml.

It checks playbooks as awx/api/serializers.py of AWX does. tests/functional/documents/test_awx.py checks the surveys.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN = "9qXw..."  # as the guide abbreviates it
# The collections of the API.
KINDS = ("credential_types", "credentials", "execution_environments", "inventories", "inventory_sources")
KINDS += ("job_templates", "organizations", "project_updates", "projects", "schedules")
KINDS += ("workflow_approval_templates", "workflow_job_template_nodes", "workflow_job_templates")
UNIFIED = ("inventory_sources", "job_templates", "projects", "workflow_job_templates")
PLAYBOOK = re.compile(r"^\s*-?\s*(hosts|import_playbook):", re.M)


class Rejected(Exception):
    """A response with an error: its status and its body."""


class Controller(HTTPServer):
    """The state, and the log of requests. Projects contain the playbooks in the directory *project*."""

    def __init__(self, project: Path) -> None:
        super().__init__("127.0.0.1")
        for method in ("GET", "PATCH", "POST"):
            self.expect_request(re.compile("/"), method).respond_with_handler(self.respond)
        self.project = project
        self.items: dict[str, dict[int, dict]] = {kind: {} for kind in KINDS}
        self.links: dict[str, list[int]] = {}  # by path, such as /api/v2/job_templates/7/credentials/
        self.surveys: dict[int, dict] = {}
        self.numbers = itertools.count(1)
        self.create("organizations", {"name": "Default"})
        self.create("credential_types", {"name": "Vault"})

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self.check()  # for other methods, and errors in respond

    def named(self, kind: str) -> dict[str, dict]:
        """Return the items of a collection by their names; nodes of a workflow by their identifiers."""
        return {item.get("identifier") or item["name"]: item for item in self.items[kind].values()}

    def linked(self, item: dict, relation: str) -> list[int]:
        """Return the IDs of what is associated with *item*."""
        return self.links.get(f"{item['url']}{relation}/", [])

    def state(self) -> Any:
        """Return a copy of everything that a client can change."""
        return copy.deepcopy((self.items, {path: sorted(ids) for path, ids in self.links.items() if ids}, self.surveys))

    def create(self, kind: str, body: dict) -> dict:
        number = next(self.numbers)
        url = f"/api/v2/{kind}/{number}/"
        singular = "inventory" if kind == "inventories" else kind.removesuffix("s")
        item = {"id": number, "type": singular, "url": url, "related": {"survey_spec": f"{url}survey_spec/"}}
        self.items[kind][number] = item
        self.change(kind, item, body)
        if kind == "projects":  # AWX updates a new project at once
            update = self.create("project_updates", {"name": body["name"], "status": "successful"})
            item |= {"scm_revision": "", "summary_fields": {"current_update": {"id": update["id"]}}}
        return item

    def change(self, kind: str, item: dict, body: dict) -> None:
        changed = {**item, **body}
        if kind == "job_templates":
            playbook = self.project / changed["playbook"]
            if not (changed.get("project") and playbook.is_file() and PLAYBOOK.search(playbook.read_text())):
                raise Rejected(400, {"playbook": ["Playbook not found for project."]})
        item.update({key: "" if value is None else value for key, value in body.items() if key != "type"})

    def respond(self, request: Request) -> Response:
        body = json.loads(request.data or "{}")
        try:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise Rejected(401, {"detail": "Authentication credentials were not provided."})
            status, answer = self.answer(request.method, request.path, request.args.to_dict(), body)
        except Rejected as error:
            status, answer = error.args
        headers = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
        return Response(json.dumps(answer), status, headers, content_type="application/json")

    def answer(self, method: str, path: str, query: dict[str, str], body: dict) -> tuple[int, Any]:
        """Return the status and the body of a response."""
        found = re.fullmatch(r"/api/v2/(\w+)/(?:(\d+)/(?:(\w+)/)?)?", path)
        kind, number, relation = found.groups() if found else ("", None, None)
        if kind == "unified_job_templates" and not number:
            items = [item for each in UNIFIED for item in self.items[each].values()]
            return 200, self.page(items, query)
        if kind not in KINDS or (number and int(number) not in self.items[kind]):
            raise Rejected(404, {"detail": "Not found."})
        if not number:
            items = list(self.items[kind].values())
            return (201, self.create(kind, body)) if method == "POST" else (200, self.page(items, query))
        item = self.items[kind][int(number)]
        if relation:
            return self.related(method, path, item, relation, body)
        if method == "PATCH":
            self.change(kind, item, body)
        return 200, item

    def related(self, method: str, path: str, item: dict, relation: str, body: dict) -> tuple[int, Any]:
        if relation == "survey_spec":
            if method == "POST":
                self.surveys[item["id"]] = body
            return 200, self.surveys.get(item["id"], {})
        if relation == "create_approval_template":
            template = self.create("workflow_approval_templates", body)
            item["unified_job_template"] = template["id"]
            item["related"]["unified_job_template"] = template["url"]
            return 201, template
        ids = self.links.setdefault(path, [])
        if method == "POST":
            ids.remove(body["id"]) if body.get("disassociate") else ids.append(body["id"])
            return 204, None
        return 200, self.page([{"id": number} for number in ids], {})

    @staticmethod
    def page(items: list[dict], query: dict[str, str]) -> dict:
        results = [item for item in items if all(str(item.get(key, "")) == value for key, value in query.items())]
        return {"count": len(results), "next": None, "results": results}
