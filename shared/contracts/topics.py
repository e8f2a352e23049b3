"""MQTT topics, in one place."""


def kitchen_topic(env: str, shop_id: str, station: str) -> str:
    """Where a station's tickets are published; the counter's receipts and drawers too, for it is a station."""
    return f"zaotai/{env}/{shop_id}/kitchen/{station}"


def call_topic(env: str, shop_id: str) -> str:
    """Where calls are published."""
    return f"zaotai/{env}/{shop_id}/call"


def config_topic(env: str, shop_id: str) -> str:
    """Where a store PC hears that its settings changed."""
    return f"zaotai/{env}/{shop_id}/config"


def status_topic(env: str, shop_id: str, device_id: str) -> str:
    """Where a store PC writes its retained status, and the broker its last will."""
    return f"zaotai/{env}/{shop_id}/bridge/{device_id}/status"


def shop_subscriptions(env: str, shop_id: str) -> tuple[str, ...]:
    """Everything a store PC of the shop listens to, and all it may read."""
    return (kitchen_topic(env, shop_id, "+"), call_topic(env, shop_id), config_topic(env, shop_id))
