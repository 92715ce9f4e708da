"""Digests of images: each tag of others gets one, wherever it stands."""

import re

from tools.pin_images import files, pinned

_IMAGE = re.compile(r"^\s*image: (\S+)$|^ARG PYTHON=(\S+)$", re.MULTILINE)
OLD, NEW = (f"sha256:{digit * 64}" for digit in "12")


def test_each_tag_of_others_gets_the_digest_of_the_registry() -> None:
    for file in files():
        asked: list[str] = []
        text = pinned(file.read_text(encoding="utf-8"), lambda name, asked=asked: asked.append(name) or NEW)
        images = [found[1] or found[2] for found in _IMAGE.finditer(text)]
        others = [image for image in images if not image.startswith("california-gold/")]
        assert others == [f"{name}@{NEW}" for name in asked], file


def test_a_digest_is_renewed_and_the_tag_stays() -> None:
    assert pinned(f"  image: mongo:8.0.1@{OLD}\n", lambda _: NEW) == f"  image: mongo:8.0.1@{NEW}\n"
    assert pinned(f"ARG PYTHON=python:3.11@{OLD}\n", lambda _: NEW) == f"ARG PYTHON=python:3.11@{NEW}\n"


def test_our_own_images_have_no_digest() -> None:
    text = "  image: california-gold/identity:local\n"
    assert pinned(text, lambda _: NEW) == text
