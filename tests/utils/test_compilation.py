from demo.utils.compilation import compiled


def test_it_compiles_where_nothing_can_be_kept_on_disk() -> None:
    # Code that comes from no file has no place for a cache, as an installation that cannot be written has none.
    namespace: dict[str, object] = {}
    exec("def double(x): return 2 * x", namespace)
    assert compiled(namespace["double"])(21) == 42  # type: ignore[arg-type]
