"""Invalid input is refused with a 4xx, and changes nothing."""

from testkit.identity_api import Api

GOOD = {"username": "doctor", "password": "Stethoscope-42"}
BAD_FIELDS = [
    {"username": None},
    {"username": ""},
    {"username": " doctor"},
    {"username": "a\x01b"},
    {"username": "a\nb"},
    {"username": "a\u202eb"},
    {"username": "x" * 65},
    {"username": 7},
    {"username": ["doctor"]},
    {"password": None},
    {"password": "12345"},
    {"password": "x" * 25},
    {"password": "Password1"},
    {"password": "password\x7f"},
    {"password": 1234567},
    {"email": ""},
    {"email": "nonsense"},
    {"email": "a@b"},
    {"email": "a@example.com\x01"},
    {"email": "x" * 300 + "@example.com"},
    {"email": 7},
    {"full_name": "x" * 201},
    {"full_name": "a\x01"},
    {"bio": "x" * 5001},
    {"bio": "a\x01"},
    {"bio": {"a": 1}},
    {"avatar_url": "javascript:alert(1)"},
    {"avatar_url": "https://example.com/" + "x" * 2048},
]
BAD_BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b'{"username": "a\\u0000b", "password": "Stethoscope-42"}',
    b'{"username": "\\ud800", "password": "Stethoscope-42"}',
    b"[" * 50_000,
]


async def test_an_invalid_field_is_named_and_no_user_is_registered(api: Api):
    for bad in BAD_FIELDS:
        answer = await api.client.post("/auth/register", json={**GOOD, **bad})
        assert answer.status_code == 422, bad
        assert [problem["loc"] for problem in answer.json()["detail"]] == [["body", *bad]]
        assert next(iter(bad)) in answer.json()["message"]
    assert (await api.register("doctor")).json()["id"] == 1


async def test_an_invalid_field_is_explained_in_the_language_of_the_request(api: Api):
    body = {**GOOD, "username": " doctor"}
    russian = (await api.client.post("/auth/register", json=body)).json()
    english = (await api.client.post("/auth/register", json=body, headers={"Accept-Language": "en"})).json()
    assert russian["message"] == "username: имя не может начинаться или заканчиваться пробелом"
    assert english["message"] == "username: the username can't begin or end with a space"
    assert [answer["detail"][0]["msg"] for answer in (russian, english)] == [
        answer["message"].removeprefix("username: ") for answer in (russian, english)
    ]


async def test_an_invalid_field_changes_nothing(api: Api):
    user = await api.user("doctor")
    before = (await user.get("/auth/me")).json()
    for bad in BAD_FIELDS:
        assert (await user.put("/users/1", {"full_name": "New", **bad})).status_code == 422, bad
    assert (await user.get("/auth/me")).json() == before


async def test_a_body_that_is_not_a_json_object_is_refused(api: Api):
    for path in ("/auth/register", "/auth/login"):
        for body in BAD_BODIES:
            answer = await api.client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in {400, 422}, body[:50]
            assert answer.json()["detail"]
            assert isinstance(answer.json()["message"], str)


async def test_a_page_out_of_range_is_refused(api: Api):
    user = await api.user("doctor")
    for query in ("skip=-1", "skip=x", "skip=1e3", f"skip={10**30}", "limit=0", "limit=1001", "limit="):
        assert (await user.get(f"/users?{query}")).status_code == 422, query


async def test_an_invalid_id_is_404_or_422(api: Api):
    user = await api.user("doctor")
    for user_id in ("x", "1.5", "9" * 30, "9" * 5000, "%00", "1%00", "٣٣"):
        for answer in (
            await user.get(f"/users/{user_id}"),
            await user.put(f"/users/{user_id}", {"bio": "x"}),
            await user.delete(f"/users/{user_id}"),
        ):
            assert answer.status_code in {404, 422}, user_id


async def test_an_impossible_username_is_404_or_422(api: Api):
    user = await api.user("doctor")
    for name in ("%00", "%ED%A0%80", "%FF", "x" * 5000, "..%2f..%2fetc", "%E2%80%AE"):
        assert (await user.get(f"/users/username/{name}")).status_code in {404, 422}, name
