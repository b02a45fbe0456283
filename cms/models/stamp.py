"""One number that grows whenever something that readers may see has changed, so that no process shows an old page.

Triggers of the owner's count (cms/page_cache.py lays them); nobody else writes.
"""

from django.db import models


class PageStamp(models.Model):
    """The only row. Kept pages of another number are out of date."""

    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="page_stamp_is_one_row")]
