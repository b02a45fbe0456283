"""What a form of the public side is asked before it is read, in place of a cookie with a token.

It must come from a page of this site, by what the browser itself says, and not too often from one network. How often is
counted in this process only, under a hash whose salt is drawn anew each day and kept nowhere else: nothing that is left
the next day says who was here. With several workers the limit is so many times as high.
"""

import hashlib
import ipaddress
import secrets
import threading

from django.conf import settings

SAME_NETWORK = {4: 32, 6: 64}  # bits: a household has a whole /64


def from_this_site(request):
    """Was this sent from a page of this site? A browser that says nothing of it is not believed."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    scheme = "https" if request.is_secure() else "http"
    return request.headers.get("Origin") == f"{scheme}://{request.get_host()}"


class Counter:
    """At most `most` a day from one network: `allowed(request, today)` counts one more."""

    def __init__(self, most):
        self.most, self.lock = most, threading.Lock()
        self.day = self.salt = None
        self.seen = {}

    def allowed(self, request, today):
        with self.lock:
            if today != self.day:
                self.day, self.salt, self.seen = today, secrets.token_bytes(32), {}
            key = hashlib.blake2b(network(request).encode(), key=self.salt, digest_size=16).digest()
            self.seen[key] = self.seen.get(key, 0) + 1
            return self.seen[key] <= self.most


def network(request):
    """The reader's network, of what our own proxies saw; what anybody may write before them is not believed."""
    address = request.META.get("REMOTE_ADDR", "")
    proxies = getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0)
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if proxies and len(forwarded) >= proxies and forwarded[-proxies]:
        address = forwarded[-proxies]
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((ip, SAME_NETWORK[ip.version]), strict=False))
