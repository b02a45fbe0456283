"""Open data: HSDS (Open Referral), in and out.

In, tabular packages of version 3.0: `package` opens a folder or zip safely, `tables` finds faulty rows, `placing` turns sound
rows into facts of listings. Out: `feed` finds what is listed, `records` tells it, `writing` makes the package.
`vocabulary` and `columns` are what both speak.
"""
