"""Usernames: the forms that are accepted, and the imitations that are refused."""

import pytest

from chassis.commands.errors import InvalidValue
from chassis.commands.message import Message
from identity import messages
from identity.domain.look_alikes import look_alikes
from identity.domain.usernames import username, username_key
from testkit.identity_api import Api

IMITATIONS = {
    "Cyrillic а": "\u0430dmin",
    "mathematical letters": "\U0001d41admin",
    "a ligature": "o\ufb03ce",
    "a stroke through a letter": "a\u0335dmin",
    "a phonetic letter": "\u0251dmin",
    "a click letter": "adm\u01c0n",
    "two accents on a letter": "ad\u0302\u0302min",
    "a no-break space": "ad\u00a0min",
    "two spaces": "ad  min",
    "a Hangul filler": "\u3164",
    "a Braille blank": "\u2800",
    "a grapheme joiner": "ad\u034fmin",
    "a variation selector": "admin\ufe0f",
    "an undertie": "ad\u203fmin",
    "a symbol": "admin\u2122",
    "Cherokee": "\u13aa\u13ab",
    "Greek and Latin": "alph\u03b1",
    "digits of another script": "admin\u0661",
}


def refusal_of(name: str) -> Message:
    with pytest.raises(InvalidValue) as refused:
        username(name)
    return refused.value.message


@pytest.mark.parametrize(
    "name",
    [
        *(
            "doctor",
            "Иванов",
            "Анна-Мария 2",
            "a b",
            "李",
            "O'Neil",
            "user@example.com",
            "é",
            "Žižek",
            "Nguyễn",
            "ñandú",
        ),
        *(
            "Ελένη",
            "Արամ",
            "გიორგი",
            "דוד",
            "محمد",
            "ประยุทธ์",
            "राम",
            "山田たろう",
            "ヤマダ",
            "김철수",
            "Әлия",
            "Їжак",
            "ẹ́",
        ),
        *("12345", "после/переименования"),
    ],
)
def test_a_name_of_one_script_is_accepted(name: str):
    assert username(name) == name


@pytest.mark.parametrize("imitation", IMITATIONS)
def test_an_imitation_is_refused(imitation: str):
    assert refusal_of(IMITATIONS[imitation]) in {
        messages.USERNAME_CHARACTERS,
        messages.USERNAME_MIXED_SCRIPTS,
        messages.USERNAME_INVISIBLE,
    }


@pytest.mark.parametrize("name", [" a", "a ", "a\x00", "a\nb", "a\u200bb", "a\u202eb", "\x7f", "a\u2028b", "\ud800"])
def test_a_username_has_no_outer_blanks_and_no_invisible_characters(name: str):
    assert refusal_of(name) in {messages.USERNAME_WITH_OUTER_BLANK, messages.USERNAME_INVISIBLE}


@pytest.mark.parametrize(
    ("typed", "stored"), [("ａｄｍｉｎ", "admin"), ("ﾔﾏﾀﾞ", "ヤマダ"), ("e\u0301", "é"), ("Admin", "Admin")]
)
def test_wide_narrow_and_decomposed_forms_are_mapped_and_case_is_kept(typed: str, stored: str):
    assert username(typed) == stored == username_key(typed)


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("coco", ["сосо"]),
        ("сосо", ["coco"]),
        ("doctor", []),
        ("Вера", ["Bepa"]),
        ("Иван", []),
        ("OK", ["ΟΚ", "ОК"]),
        ("ë", ["ё"]),
        ("123", []),
    ],
)
def test_whole_names_that_look_alike_are_known(name: str, others: list[str]):
    assert look_alikes(name) == others


async def test_a_name_that_looks_like_anothers_is_taken(api: Api):
    assert (await api.register("coco")).status_code == 201
    imitation = await api.register("сосо")
    assert (imitation.status_code, imitation.json()["detail"]) == (400, "Username уже занят")
    other = await api.user("other")
    assert (await other.put(f"/users/{other.id}", {"username": "сосо"})).status_code == 400
    assert (await other.put(f"/users/{other.id}", {"username": "соха"})).status_code == 200
    assert (await api.register("coxa")).status_code == 400


async def test_a_user_may_take_the_look_alike_of_their_own_name(api: Api):
    user = await api.user("coco")
    assert (await user.put(f"/users/{user.id}", {"username": "сосо"})).status_code == 200
    assert (await api.register("coco")).status_code == 400


async def test_a_wide_name_logs_in_as_the_stored_one(api: Api):
    assert (await api.register("ａｄｍｉｎ")).json()["username"] == "admin"
    assert (await api.register("admin")).status_code == 400
    assert await api.log_in("ａｄｍｉｎ")
    assert await api.log_in("admin")
