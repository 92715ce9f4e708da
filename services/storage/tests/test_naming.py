import pytest

from storage.domain.errors import InvalidBucket, InvalidFileName, ReservedBucket
from storage.domain.naming import FileLocation, bucket_name, file_name, new_bucket_name, new_file_name


@pytest.mark.parametrize(
    "name", ["a", "a.dcm", "снимок 1.dcm", "a/b/c.dcm", "...", "a..b", "url", "x" * 1024, "%2e%2e"]
)
def test_a_relative_path_without_dot_segments_is_a_valid_name(name: str):
    assert file_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "/etc/passwd", "..", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "C:\\a", "..\\a"),
        *("a\x00", "a\nb", "a\x7f", "a\u2028b", "\ud800", "x" * 1025, "я" * 513),
    ],
)
def test_a_path_that_would_be_resolved_or_is_too_long_is_refused(name: str):
    with pytest.raises(InvalidFileName):
        file_name(name)


@pytest.mark.parametrize("name", ["a\u202egnp.exe", "folder/\u2066a\u2069.dcm"])
def test_a_new_name_that_is_shown_in_another_order_is_refused_and_a_stored_one_is_valid(name: str):
    assert file_name(name) == name
    with pytest.raises(InvalidFileName):
        new_file_name(name)


@pytest.mark.parametrize("name", ["أشعة.dcm", "צילום\u200e (2).zip", "a/b.dcm"])
def test_a_new_name_may_be_arabic_or_hebrew(name: str):
    assert new_file_name(name) == name


def test_canonically_equivalent_names_are_equal():
    assert file_name("e\u0301.dcm") == file_name("é.dcm")


@pytest.mark.parametrize("name", ["abc", "my-bucket.2", "a" * 63, "000"])
def test_a_bucket_name_follows_the_rules_of_s3(name: str):
    assert bucket_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "ab", "a" * 64, "Abc", "a_b", "-ab", "ab-", ".ab", "a..b", "a/b", "../x", "192.168.0.1", "тест", "abc\n"],
)
def test_a_bucket_name_that_s3_would_refuse_is_refused(name: str):
    with pytest.raises(InvalidBucket):
        bucket_name(name)


@pytest.mark.parametrize("name", ["files", "jobs", "results"])
def test_the_buckets_of_the_product_are_reserved(name: str):
    with pytest.raises(ReservedBucket):
        bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("xn--abc", "sthree-abc", "sthree-configurator", "amzn-s3-demo-abc"),
        *("abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3", "abc--use1-az4--x-s3", "abc--table-s3"),
    ],
)
def test_what_s3_reserves_is_refused_for_a_new_bucket_and_valid_for_a_stored_one(name: str):
    assert bucket_name(name) == name
    with pytest.raises(ReservedBucket):
        new_bucket_name(name)


@pytest.mark.parametrize(
    "name", ["uploads", "xn-abc", "abc-xn--abc", "s3alias", "mrap", "x-s3", "sthree", "scan.mrap.1"]
)
def test_a_name_that_only_resembles_a_reserved_one_is_valid(name: str):
    assert new_bucket_name(name) == name


def test_different_locations_have_different_file_ids():
    locations = [
        FileLocation(1, "aaa", "b"),
        FileLocation(2, "aaa", "b"),
        FileLocation(1, "bbb", "b"),
        FileLocation(1, "aaa", "c"),
        FileLocation(1, "aaa", "b/c"),
    ]
    assert len({location.file_id for location in locations}) == len(locations)
    assert FileLocation(1, "aaa", "b").file_id == FileLocation(1, "aaa", "b").file_id
