"""Durations as text."""


def duration(seconds: float) -> str:
    """``"1 h 02 min"``, ``"3 min"``, ``"20 s"``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
