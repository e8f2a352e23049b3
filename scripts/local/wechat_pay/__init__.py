"""WeChat Pay's v3 interface on one machine, with real signatures and encryption, and people's part by command."""
