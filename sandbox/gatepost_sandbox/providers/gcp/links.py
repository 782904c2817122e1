"""Links to resources, and when two of them mean the same.

Source: terraform-provider-google, google/tpgresource/self_link_helpers.go.
"""

from typing import Any


def relative(value: str) -> str:
    """A link without what stands before ``projects/``."""
    _, found, rest = value.partition("projects/")
    return f"projects/{rest}" if found else value


def same_link(old: Any, new: Any) -> bool:
    """Whether both mean one resource: by path, or by name where the program gives only that."""
    if not isinstance(old, str) or not isinstance(new, str):
        return (old or None) == (new or None)
    return old.rpartition("/")[2] == new if "/" not in new else relative(old) == relative(new)


def same_set(old: Any, new: Any) -> bool:
    """Whether two lists of links or texts hold the same, in any order."""
    olds, news = list(old or ()), list(new or ())
    return len(olds) == len(news) and all(any(same_link(o, n) for o in olds) for n in news)


def full(value: str, collection: str) -> str:
    """A link as the API takes it; ``collection`` is the path to put before a bare name."""
    return value if "/" in value else f"{collection}/{value}"


def last(link: Any) -> Any:
    """The name at the end of a link."""
    return link.rpartition("/")[2] if isinstance(link, str) else link
