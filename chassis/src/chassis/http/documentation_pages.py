"""The pages /docs and /redoc, with a Content-Security-Policy that allows their own scripts and nothing else."""

import base64
import re
from hashlib import sha256

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

ASSETS = "/static-offline-docs"
"""Where `fastapi_offline` serves the scripts and styles."""
_OPENAPI = "/openapi.json"
_FAVICON = f"{ASSETS}/favicon.png"
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_POLICY = (
    "default-src 'none'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",  # both pages style elements by script
    "worker-src blob:",  # Redoc's search
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)


def add_documentation_pages(app: FastAPI) -> None:
    """Add both pages to an application that serves the scripts at `ASSETS`."""
    swagger = get_swagger_ui_html(
        openapi_url=_OPENAPI,
        title=f"{app.title} - Swagger UI",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=_FAVICON,
        swagger_ui_parameters={"validatorUrl": None},  # else it asks a site in the internet
    )
    redoc = get_redoc_html(
        openapi_url=_OPENAPI,
        title=f"{app.title} - ReDoc",
        redoc_js_url=f"{ASSETS}/redoc.standalone.js",
        redoc_favicon_url=_FAVICON,
        with_google_fonts=False,
    )
    for path, page in (("/docs", swagger), ("/redoc", redoc)):
        _add_page(app, path, bytes(page.body))


def _add_page(app: FastAPI, path: str, html: bytes) -> None:
    headers = {"Content-Security-Policy": policy_of(html)}

    async def page(_request: Request) -> Response:
        return HTMLResponse(html, headers=headers)

    app.add_route(path, page, include_in_schema=False)


def policy_of(html: bytes) -> str:
    """Return the policy of a page: scripts of this server, and the page's inline scripts by their hashes."""
    hashes = [base64.b64encode(sha256(script).digest()).decode() for script in _INLINE_SCRIPT.findall(html)]
    return "; ".join(["script-src 'self'" + "".join(f" 'sha256-{each}'" for each in hashes), *_POLICY])
