"""The demo: 豫味坊's shops on one machine, one lunch played through the gateway, and a start page to look around."""
