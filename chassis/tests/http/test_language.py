"""The language of an answer follows Accept-Language; without it, it is Russian."""

import pytest

from chassis.commands.message import Language
from chassis.http.language import language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", Language.ENGLISH),
        ("en-GB,en;q=0.9", Language.ENGLISH),
        ("EN;Q=0.5", Language.ENGLISH),
        ("de, en;q=0.5", Language.ENGLISH),
        ("en, ru;q=0.9", Language.ENGLISH),
        ("ru", Language.RUSSIAN),
        ("ru, en;q=0.9", Language.RUSSIAN),
        ("en, ru", Language.ENGLISH),
        ("ru, en", Language.RUSSIAN),
        ("*", Language.RUSSIAN),
        ("en;q=0", Language.RUSSIAN),
        ("en;q=much", Language.RUSSIAN),
        ("de", Language.RUSSIAN),
        ("", Language.RUSSIAN),
    ],
)
def test_english_is_answered_where_it_is_preferred(header: str, language: Language) -> None:
    assert language_of({"headers": [(b"accept-language", header.encode())]}) is language


def test_without_a_header_the_answer_is_russian() -> None:
    assert language_of({"headers": []}) is Language.RUSSIAN
