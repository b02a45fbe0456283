from cms.models.pages import GuidePage, HomePage
from cms.models.protocols import ProtocolIndexPage, ProtocolPage, ProtocolVersion
from cms.models.topics import Topic
from cms.models.wording import Source, Wording

__all__ = [
    "GuidePage",
    "HomePage",
    "ProtocolIndexPage",
    "ProtocolPage",
    "ProtocolVersion",
    "Source",
    "Topic",
    "Wording",
]
