"""WeChat's subscribe messages on one machine: its two calls and its errors, and people's part by command."""
