"""The demo story: two companies, about 200 leads and 2,000 contacts, told backwards from now."""
