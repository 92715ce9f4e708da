"""Invalid requests are answered with an error, and leave no event and no object."""

import httpx

from chassis.ports.infrastructure import Infrastructure

BOUNDARY = "b"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
GOOD_PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="scan.zip"\r\n\r\nPK\r\n'


def text(name: str, value: bytes) -> bytes:
    return (
        GOOD_PART
        + b'--b\r\nContent-Disposition: form-data; name="'
        + name.encode()
        + b'"\r\n\r\n'
        + value
        + b"\r\n--b--\r\n"
    )


def file(name: str, field: str = "file", content: bytes = b"PK") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--b--\r\n"


BAD_FORMS = {
    "title too long": (422, text("title", b"x" * 256)),
    "title with a control character": (422, text("title", b"a\x07b")),
    "title with a line break": (422, text("title", b"a\nb")),
    "title with a direction override": (422, text("title", "a\u202egnp.exe".encode())),
    "file name with a direction override": (422, file("a\u202egnp.exe")),
    "title with NUL": (422, text("title", b"a\x00b")),
    "title not UTF-8": (422, text("title", b"\xff\xfe")),
    "description too long": (422, text("description", b"x" * 10_001)),
    "description with a control character": (422, text("description", b"a\x1bb")),
    "file in another field": (422, file("scan.zip", field="document")),
    "file without bytes": (422, file("scan.zip", content=b"")),
    "file name too long": (422, file("x" * 256)),
    "file name that is a folder": (422, file("folder/")),
    "file too large": (413, file("scan.zip", content=b"x" * 100_001)),
    "second file": (422, GOOD_PART + GOOD_PART + b"--b--\r\n"),
    "body that breaks off": (400, GOOD_PART),
    "no boundary in the body": (400, b"nonsense"),
    "empty body": (400, b""),
}
BAD_CHANGES = [
    {"status": None},
    {"status": "done"},
    {"status": ""},
    {"status": "QUEUED"},
    {"status": 1},
    {"status": ["queued"]},
    {"title": "x" * 256},
    {"title": "a\x00b"},
    {"title": "a\x07b"},
    {"title": "a\u202egnp.exe"},
    {"title": 5},
    {"description": "x" * 10_001},
    {"description": "a\x00b"},
    {"description": {"a": 1}},
]
BAD_BODIES = [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 50_000, b'{"title": "\\ud800"}']


async def events_and_objects(infrastructure: Infrastructure) -> tuple[int, int]:
    pages = [page async for page in infrastructure.events.read_all(categories=["job", "jobnumber"])]
    return sum(map(len, pages)), len([stored async for stored in infrastructure.objects.list("")])


async def test_an_invalid_form_creates_nothing(owner: httpx.AsyncClient, infrastructure: Infrastructure):
    for name, (status, body) in BAD_FORMS.items():
        answer = await owner.post("/jobs", content=body, headers=MULTIPART)
        assert answer.status_code == status, name
        assert answer.json()["detail"], name
        assert await events_and_objects(infrastructure) == (0, 0), name


async def test_an_invalid_query_creates_nothing(owner: httpx.AsyncClient, infrastructure: Infrastructure):
    for query in ("title=a%07b", f"title={'x' * 256}", "description=%1b", "title=%00"):
        answer = await owner.post(f"/jobs?{query}", files={"file": ("scan.zip", b"PK")})
        assert answer.status_code == 422, query
        assert await events_and_objects(infrastructure) == (0, 0), query


async def test_a_body_that_is_no_form_creates_nothing(owner: httpx.AsyncClient, infrastructure: Infrastructure):
    assert (await owner.post("/jobs", json={"title": "CT"})).status_code == 422
    assert await events_and_objects(infrastructure) == (0, 0)


async def test_an_invalid_change_names_its_field_and_changes_nothing(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
):
    job = (await owner.post("/jobs")).json()["id"]
    for bad in BAD_CHANGES:
        answer = await owner.put(f"/jobs/{job}", json=bad)
        assert answer.status_code == 422, bad
        assert [error["loc"] for error in answer.json()["detail"]] in ([["body", *bad]], [["body"]]), bad
    for body in BAD_BODIES:
        answer = await owner.put(f"/jobs/{job}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, body[:10]
    assert len(await infrastructure.events.read(f"job-{job}")) == 1


async def test_an_invalid_job_reference_is_refused(owner: httpx.AsyncClient):
    for reference in ("0", "-1", "9223372036854775808", "1.5", "x", "%00", "9" * 5000):
        assert (await owner.delete(f"/jobs/{reference}")).status_code == 422, reference[:20]


async def test_attaching_without_a_file_is_refused(owner: httpx.AsyncClient):
    job = (await owner.post("/jobs")).json()["id"]
    answer = await owner.put(f"/jobs/{job}/file", data={"title": "CT"})
    assert (answer.status_code, answer.json()) == (422, {"detail": "Файл обязателен"})
