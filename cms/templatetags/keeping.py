"""Parts of pages that need not be made again each time. Where no pages are kept (settings.KEEP_PAGES), all is made anew.

`{% once name class %}…{% endonce %}` is a text that depends on nothing but the language and the values it names: a
drawing, the frame of a page. Each process makes it once for ever.

`{% for_a_minute "card" service.pk %}…{% endfor_a_minute %}` depends on what is published and on the clock, and on what it
names: made once for each number of the stamp and each half minute (cms/page_cache.py), for whoever comes without a cookie.
"""

from django import template
from django.conf import settings
from django.utils.translation import get_language

from cms.page_cache import for_a_minute

register = template.Library()
MOST = 400


class Once(template.Node):
    def __init__(self, nodelist, names):
        self.nodelist, self.names, self.made = nodelist, names, {}

    def key(self, context):
        return (get_language(), *(str(name.resolve(context, ignore_failures=True)) for name in self.names))

    def render(self, context):
        if not settings.KEEP_PAGES:
            return self.nodelist.render(context)
        key = self.key(context)
        made = self.made.get(key)
        if made is None:
            made = self.nodelist.render(context)
            if len(self.made) < MOST:
                self.made[key] = made
        return made


class ForAMinute(Once):
    def render(self, context):
        request = context.get("request") if settings.KEEP_PAGES else None
        return for_a_minute(request, str(self.key(context)), lambda: self.nodelist.render(context))


def parsed(parser, token, kind):
    tag, *names = token.split_contents()
    nodelist = parser.parse([f"end{tag}"])
    parser.delete_first_token()
    return kind(nodelist, [parser.compile_filter(name) for name in names])


@register.tag
def once(parser, token):
    return parsed(parser, token, Once)


@register.tag("for_a_minute")
def kept_part(parser, token):
    return parsed(parser, token, ForAMinute)
