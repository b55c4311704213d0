# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The control endpoints: what a shell, a playbook or a test in another process does with the simulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .app import App, check_settings
from .core import number
from .faults import Faults, fault_from

if TYPE_CHECKING:
    from .server import Simulator

Handler = Callable[["Simulator", dict[str, str], Any], Any]


class NotFound(Exception):
    """There is no such path, method or app."""


def _app(simulator: Simulator, path: dict[str, str]) -> App:
    sdkappid = _number(path)
    if sdkappid not in simulator.service.apps:
        raise NotFound(f"there is no app {sdkappid}; add it with PUT /control/apps/{sdkappid}")
    return simulator.service.apps[sdkappid]


def _faults(simulator: Simulator, path: dict[str, str]) -> Faults:
    return simulator.faults[_app(simulator, path).sdkappid]


def _number(path: dict[str, str]) -> int:
    sdkappid = number(path["number"], 2**32 - 1)
    if sdkappid is None:
        raise NotFound(f"{path['number']!r} is not an SDKAppID")
    return sdkappid


def _put_app(simulator: Simulator, path: dict[str, str], data: Any) -> Any:
    sdkappid, settings = _number(path), data or {}
    check_settings(settings)
    if "sdkappid" in settings:
        raise ValueError("sdkappid is in the path already")
    simulator.log = [entry for entry in simulator.log if entry["sdkappid"] != sdkappid]
    return simulator.add(sdkappid, **settings).state()


def _patch_app(simulator: Simulator, path: dict[str, str], data: Any) -> Any:
    app = _app(simulator, path)
    app.change(data)
    return app.state()


def _post_faults(simulator: Simulator, path: dict[str, str], data: Any) -> int:
    faults = _faults(simulator, path)
    if not isinstance(data, list):
        raise ValueError(f'faults must be a list, such as [{{"kind": "cut"}}], not {data!r}')
    faults.queue += [fault_from(one) for one in data]
    return len(faults.queue)


def _post_random(simulator: Simulator, path: dict[str, str], data: Any) -> None:
    faults = _faults(simulator, path)
    if not isinstance(data, dict) or set(data) != {"rate", "seed", "kinds"}:
        raise ValueError(f"random faults take rate, seed and kinds, not {data!r}")
    faults.at_random(**data)


ROUTES: dict[str, Handler] = {
    "PUT apps/{number}": _put_app,
    "PATCH apps/{number}": _patch_app,
    "GET apps/{number}": lambda simulator, path, _: _app(simulator, path).state(),
    "GET apps/{number}/pushes": lambda simulator, path, _: _app(simulator, path).pushes,
    "GET apps/{number}/deliveries/{account:.+}": lambda simulator, path, _: _app(simulator, path).deliveries(
        path["account"]
    ),
    "POST apps/{number}/faults": _post_faults,
    "DELETE apps/{number}/faults": lambda simulator, path, _: _faults(simulator, path).queue.clear(),
    "POST apps/{number}/random": _post_random,
    "DELETE apps/{number}/random": lambda simulator, path, _: _faults(simulator, path).stop_random(),
    "GET log": lambda simulator, path, _: simulator.requests(),
    "GET log/{number}": lambda simulator, path, _: simulator.requests(_number(path)),
    "DELETE log": lambda simulator, path, _: simulator.log.clear(),
    "POST stop": lambda simulator, path, _: simulator.stop(after=0.1),  # seconds, for this response to leave
}


def _unknown(simulator: Simulator, path: dict[str, str], data: Any) -> None:
    raise NotFound(f"no such path or method; there are {', '.join(ROUTES)}")


def add_routes(router: web.UrlDispatcher, simulator: Simulator) -> None:
    """Let *router* serve the control endpoints."""
    for route, handler in {**ROUTES, "* {rest:.*}": _unknown}.items():
        method, path = route.split(" ", 1)
        router.add_route(method, f"/control/{path}", _served(simulator, handler))


def _served(simulator: Simulator, handler: Handler) -> Any:
    async def serve(request: web.Request) -> web.Response:
        try:
            body = await request.read()
            data = json.loads(body) if body else None
            return _json(handler(simulator, dict(request.match_info), data))
        except NotFound as error:
            return _json({"error": str(error)}, status=404)
        except (ValueError, RecursionError) as error:  # a JSONDecodeError is a ValueError
            return _json({"error": str(error)}, status=400)

    return serve


def _json(value: Any, status: int = 200) -> web.Response:
    return web.json_response(text=json.dumps(value) + "\n", status=status)
