"""Pages on this machine only: loopback, and a secret token in the address.

`run` is the what-if page: move budget, caps and floors, see the plan solved again, in a process for
each solve, nothing kept and nothing written. `optimizer.studio` is served by `listen` too.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.messages import _
from optimizer.packages import install

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from optimizer.serve.what_if import WhatIf


MOST_CONNECTIONS = 200


def run(what_if: WhatIf, port: int = 0, ready: Callable[[str], None] = print) -> None:
    """Serve the what-if page until Ctrl-C.

    Parameters
    ----------
    what_if
        The scenario that is asked.
    port, ready
        As for `listen`.

    Raises
    ------
    UserError
        As `listen` does.
    """

    def made(token: str, bound: int) -> Starlette:
        from optimizer.serve.app import app  # Starlette is heavy

        return app(what_if, token, bound)

    listen(made, port, ready)


def listen(
    made: Callable[[str, int], Starlette], port: int = 0, ready: Callable[[str], None] = print
) -> None:
    """Serve an application until Ctrl-C; with Starlette and Uvicorn.

    Parameters
    ----------
    made
        The application for a secret and the port it is served on.
    port
        0 for any free one.
    ready
        Called with the address as soon as it answers.

    Raises
    ------
    UserError
        Where the extra is not installed, or the port cannot be used.
    """
    try:
        import uvicorn

        from optimizer.serve.http import new_token  # Starlette is heavy
    except ImportError:
        raise UserError(
            _("the what-if page needs starlette and uvicorn"), fix=install("serve")
        ) from None
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise UserError(
            _(
                "port {port} cannot be used: {strerror}",
                port=port,
                strerror=foreign(error.strerror),
            ),
            fix=_("leave --port out, or choose another"),
        ) from None
    token, bound = new_token(), listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            made(token, bound),
            log_level="critical",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=5,
            server_header=False,
            date_header=False,
        )
    )
    try:
        listener.listen()
        ready(f"http://127.0.0.1:{bound}/{token}/")
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # Ctrl-C is how this ends
    finally:
        listener.close()
