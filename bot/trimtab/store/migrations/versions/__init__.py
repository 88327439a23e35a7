"""One module per revision, each with the tables as they were then."""
