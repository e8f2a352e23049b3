"""The call screen: what is being called now, shown large and spoken twice."""
