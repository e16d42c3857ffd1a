"""An SVG element inside a page."""

from typing import Literal

from markupsafe import Markup, escape


def svg(
    width: float, height: float, label: str, kind: str, inside: str, role: Literal["img", "group"] = "img"
) -> Markup:
    """A drawing.

    Args:
        width: pixels at its natural size; style sheets scale it.
        height: likewise.
        label: what it shows, for readers who hear the page; any text.
        kind: its classes.
        inside: SVG elements, escaped by who made them.
        role: ``group`` where there are links inside.
    """
    return Markup(
        f'<svg class="{kind}" role="{role}" aria-label="{escape(label)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{inside}</svg>'
    )
