"""What a browser says of itself, in words its owner recognises."""

DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "鸿蒙设备"),
    ("Android", "安卓设备"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
# The more special first: each of them also names the ones below it.
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("AlipayClient", "支付宝"),
    ("Edg", "Edge 浏览器"),
    ("Firefox", "火狐浏览器"),
    ("Chrome", "Chrome 浏览器"),
    ("Safari", "Safari 浏览器"),
)


def device_name(user_agent: str) -> str:
    """安卓设备上的微信; what is not recognised is called 未知设备."""
    device = next((name for mark, name in DEVICES if mark in user_agent), "未知设备")
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    if not browser:
        return device
    return f"{device}上的{' ' if browser[0].isascii() else ''}{browser}"
