"""The open data of this directory over HTTP: the HSDS API, version 3.0, read only, for anybody's program.

No key, no cookie, no session; the same for everybody. It reads `listed()` through directory.hsds.feed and says nothing that
a reader of the site could not find. What is asked for reaches no log: the server keeps none of addresses, and nothing
here writes one (docs/decisions/0032-open-data.md).
"""
