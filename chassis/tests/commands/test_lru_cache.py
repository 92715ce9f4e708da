from chassis.commands.lru_cache import LruCache


def test_an_entry_is_returned_once_because_it_is_popped() -> None:
    cache = LruCache[str]()
    cache.put("a", "1", size=1)

    assert (cache.pop("a"), cache.pop("a")) == ("1", None)


def test_the_least_recently_used_entry_is_evicted() -> None:
    cache = LruCache[int]()
    for number in range(1000):
        cache.put(str(number), number, size=1)
    cache.put("0", 0, size=1)
    cache.put("new", 1000, size=1)

    assert (cache.pop("0"), cache.pop("1"), cache.pop("2")) == (0, None, 2)


def test_a_large_value_is_not_cached_and_its_earlier_entry_is_evicted() -> None:
    cache = LruCache[str]()
    cache.put("a", "small", size=64 * 1024)
    cache.put("a", "large", size=64 * 1024 + 1)

    assert cache.pop("a") is None
