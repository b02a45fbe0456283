from cms.models.pages import GuidePage, HomePage
from cms.models.protocols import ProtocolIndexPage, ProtocolPage
from cms.models.stamp import PageStamp
from cms.models.topics import Topic
from cms.models.versions import ProtocolVersion
from cms.models.wording import Source, Wording

__all__ = [
    "GuidePage",
    "HomePage",
    "PageStamp",
    "ProtocolIndexPage",
    "ProtocolPage",
    "ProtocolVersion",
    "Source",
    "Topic",
    "Wording",
]
