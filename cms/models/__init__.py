from cms.models.laid import LaidPage
from cms.models.pages import Audience, CardsPage, GlossaryPage, GuidePage, HomePage
from cms.models.protocols import ProtocolIndexPage, ProtocolPage
from cms.models.reviews import IndependentReader
from cms.models.stamp import PageStamp
from cms.models.topics import Topic
from cms.models.versions import ProtocolVersion
from cms.models.wording import Source, Wording

__all__ = [
    "Audience",
    "CardsPage",
    "GlossaryPage",
    "GuidePage",
    "HomePage",
    "IndependentReader",
    "LaidPage",
    "PageStamp",
    "ProtocolIndexPage",
    "ProtocolPage",
    "ProtocolVersion",
    "Source",
    "Topic",
    "Wording",
]
