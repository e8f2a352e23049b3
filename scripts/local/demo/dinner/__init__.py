"""One dinner: a reservation, a queue, a shared cart and what guests change their minds about, a take-away."""
