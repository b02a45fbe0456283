from cms.models.pages import GuidePage, HomePage

__all__ = ["GuidePage", "HomePage"]
