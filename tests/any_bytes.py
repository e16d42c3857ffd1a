"""Files that a reader may meet: valid ones, valid ones with something wrong in them, and plain noise."""

import gzip

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def noise_or_mutations(valid: bytes, pieces: str) -> st.SearchStrategy[bytes]:
    """Random bytes; ``valid`` with bytes put in, taken out or doubled somewhere; any of these gzipped, whole or not.

    Args:
        pieces: words with spaces between that mean something in the format, of which other files are made.
    """
    words = [*(word.encode() for word in pieces.split()), b"\t", b"\n", b"\r\n", b" ", b"\x00", b"\xff", b"-1", b"1e9"]
    made_of_words = st.lists(st.sampled_from(words), max_size=30).map(b"".join)

    def mutated(start: int, end: int, put_in: bytes) -> bytes:
        return valid[:start] + put_in + valid[end:]

    places = st.integers(0, len(valid))
    content = st.one_of(
        st.binary(max_size=200),
        made_of_words,
        st.builds(mutated, places, places, made_of_words | st.binary(max_size=9)),
    )
    zipped = content.map(lambda data: gzip.compress(data, mtime=0))
    cut = st.builds(lambda data, end: data[:end], zipped, st.integers(0, 60))
    return st.one_of(content, zipped, cut)
