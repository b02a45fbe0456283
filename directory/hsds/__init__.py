"""Reading the open data of others: HSDS 3.0 tabular data packages (Open Referral). Nothing here writes.

`package` opens a folder or zip safely, `tables` finds faulty rows, `placing` turns sound rows into facts of listings.
"""
