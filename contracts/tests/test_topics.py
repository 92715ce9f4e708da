from datetime import timedelta

import pytest

from california_gold_contracts.topics import ANALYSIS, DEAD_LETTERS, FILES, JOBS, TOPICS, USERS, Topic

LARGEST_STORED_EVENT = 1024 * 1024


def test_names_are_unique_and_begin_with_the_product() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("california-gold.") for name in names)


def test_the_topics_that_a_replay_needs_are_kept_for_ever() -> None:
    assert {topic.name for topic in TOPICS if topic.retention is None} == {USERS.name, FILES.name, JOBS.name}


def test_only_the_topic_of_users_is_compacted() -> None:
    assert [topic for topic in TOPICS if topic.compacted] == [USERS]


def test_analyses_have_as_many_partitions_as_jobs() -> None:
    assert ANALYSIS.partitions == JOBS.partitions


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_accepts_every_event_that_can_be_stored(topic: Topic) -> None:
    assert topic.largest_bytes >= 2 * LARGEST_STORED_EVENT
    assert topic.largest_bytes <= DEAD_LETTERS.largest_bytes


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_events_are_kept_for_a_week_at_least(topic: Topic) -> None:
    assert topic.retention is None or topic.retention >= timedelta(days=7)
