"""The platform's API on this machine, as far as a deployment uses it; and what deployments do against it."""
