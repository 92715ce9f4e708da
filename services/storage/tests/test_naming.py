import pytest

from storage.domain.errors import InvalidBucket, InvalidFileName, ReservedBucket
from storage.domain.naming import Place, bucket_name, file_name


@pytest.mark.parametrize(
    "name", ["a", "a.dcm", "снимок 1.dcm", "a/b/c.dcm", "...", "a..b", "url", "x" * 1024, "%2e%2e"]
)
def test_a_name_is_any_text_that_stays_where_it_is(name: str):
    assert file_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "/etc/passwd", "..", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "C:\\a", "..\\a"),
        *("a\x00", "a\nb", "a\x7f", "a\u2028b", "\ud800", "x" * 1025, "я" * 513),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str):
    with pytest.raises(InvalidFileName):
        file_name(name)


def test_names_that_look_the_same_are_the_same():
    assert file_name("e\u0301.dcm") == file_name("é.dcm")


@pytest.mark.parametrize("name", ["abc", "my-bucket.2", "a" * 63, "000"])
def test_a_bucket_is_named_as_in_s3(name: str):
    assert bucket_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "ab", "a" * 64, "Abc", "a_b", "-ab", "ab-", ".ab", "a..b", "a/b", "../x", "192.168.0.1", "тест", "abc\n"],
)
def test_a_bucket_that_s3_would_not_have_is_refused(name: str):
    with pytest.raises(InvalidBucket):
        bucket_name(name)


@pytest.mark.parametrize("name", ["files", "jobs", "results"])
def test_our_own_buckets_cannot_be_reached(name: str):
    with pytest.raises(ReservedBucket):
        bucket_name(name)


def test_every_place_has_its_own_file():
    places = [
        Place(1, "aaa", "b"),
        Place(2, "aaa", "b"),
        Place(1, "bbb", "b"),
        Place(1, "aaa", "c"),
        Place(1, "aaa", "b/c"),
    ]
    assert len({place.file_id for place in places}) == len(places)
    assert Place(1, "aaa", "b").file_id == Place(1, "aaa", "b").file_id
