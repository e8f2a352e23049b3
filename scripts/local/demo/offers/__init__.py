"""One evening of offers: a flash sale at six, a group that fills and one that does not, a push to sleeping members."""
